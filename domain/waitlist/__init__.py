"""The waitlist: whoever waits for an offer is offered what is given back, in order."""
