"""Cases: one patient's need, and an episode with each facility that may meet it."""
