"""Examples of the person's rights."""

from api.examples.values import PATIENT, at, example_id
from domain.rights.types import ErasureStatus, ErasureView, HoldView, PlaceHold, RefuseErasure

EXAMPLES = (
    ErasureView(
        id=example_id(61),
        patient_id=PATIENT,
        home_state="KZ",
        status=ErasureStatus.DONE,
        asked_at=at("2026-11-16"),
        reason=None,
        held=False,
        done_at=at("2026-11-18"),
        backups_gone_by=at("2026-12-18"),
    ),
    RefuseErasure("The hospital's law keeps surgical records for 25 years."),
    PlaceHold(authority="District court of Almaty", reference="2-4711/2026"),
    HoldView(
        example_id(62), PATIENT, "District court of Almaty", "2-4711/2026", at("2026-11-16"), None
    ),
)
