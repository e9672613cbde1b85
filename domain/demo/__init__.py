"""The demo set: invented facilities, people and prices. Nothing in it names anyone real."""
