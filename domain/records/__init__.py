"""Records: what is known about a patient's health, and who read it."""
