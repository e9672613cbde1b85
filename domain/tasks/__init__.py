"""Tasks: what a facility or a patient must see to, with a due time (FHIR R4 Task)."""
