"""Files: documents and imaging of a patient, and the evidence that organisations hand in."""
