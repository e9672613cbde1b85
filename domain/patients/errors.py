"""What can go wrong around a patient's file."""

from domain.errors import Invalid, NotFound


class NoSuchPatient(NotFound):
    code = "patient_not_found"
    title = "There is no such patient among those you may see"


class CareCodeUnknown(NotFound):
    code = "care_code_unknown"
    title = "This code does not hold; ask the patient for a new one"


class ImpossibleBirthDate(Invalid):
    code = "impossible_birth_date"
    title = "The date of birth must be a past date"
