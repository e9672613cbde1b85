"""Examples of specialties, treatments and their names."""

from api.catalogue.routes import Specialties, TreatmentNames, Treatments
from api.examples.market import ORTHOPAEDICS
from domain.catalogue.types import (
    Indication,
    NameKind,
    SpecialtyView,
    TreatmentName,
    TreatmentView,
)

_TREATMENT = TreatmentView(
    code="knee_replacement",
    name="Knee replacement",
    names={"en": "Knee replacement", "tr": "Diz protezi"},
    specialty=ORTHOPAEDICS,
    duration_minutes=120,
    stay_nights=5,
    fit_to_fly_days=14,
    follow_up_days=[14, 42, 365],
    self_referral=False,
    restricted_in=[],
    indications=[Indication("M17", "Gonarthrosis [arthrosis of knee]")],
    record_categories=["problems", "medications", "imaging"],
)

EXAMPLES = (
    Specialties([SpecialtyView("orthopaedics", "Orthopaedics", {"tr": "Ortopedi"})]),
    _TREATMENT,
    Treatments([_TREATMENT]),
    TreatmentNames(
        [TreatmentName("tr", NameKind.LAY, "Diz değişimi", "shifayol-reference", reviewed=False)]
    ),
)
