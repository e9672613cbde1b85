"""Examples of what officers keep in order: registers, duplicates and profiles."""

import msgspec

from api.examples.values import ACCOUNT, FACILITY, SHA256, at, example_id
from domain.availability.types import PractitionerView, ShowPractitioner
from domain.duplicates.types import (
    DuplicatePage,
    DuplicateSide,
    DuplicateView,
    FacilityMergePage,
    FacilityMergeStatus,
    FacilityMergeView,
    MergeFacilities,
    TellApart,
)
from domain.facilities.types import FacilityKind, Source
from domain.profiles.types import (
    Accessibility,
    DescribePhoto,
    NearAirport,
    OrderPhotos,
    PhotoView,
    ProfileView,
    WriteProfile,
)
from domain.registers.types import (
    ApplyRegisterImport,
    ChangeKind,
    ChangeView,
    Difference,
    ImportStatus,
    RegisterFormat,
    RegisterImportDetail,
    RegisterImportPage,
    RegisterImportView,
)

REGISTER_FILE = (
    "name,type,country,province_code,province,district,source,source_url\r\n"
    "Erguvan Yolu Hastanesi,Özel Hastane,TR,34,İstanbul,Kadıköy,MoH,\r\n"
)
"""A register's file of one row, as `tr-moh` has it."""

_IMPORT = RegisterImportView(
    id=example_id(60),
    format=RegisterFormat.TR_MOH,
    file_sha256=SHA256,
    states=["TR"],
    status=ImportStatus.PROPOSED,
    new=0,
    changed=1,
    gone=0,
    unchanged=1665,
    refused=0,
    applied=0,
    made_by=ACCOUNT,
    made_at=at("2027-02-01"),
    decided_by=None,
    decided_at=None,
    version=1,
)
_CHANGE = ChangeView(
    id=example_id(61),
    kind=ChangeKind.CHANGED,
    line=2,
    source_key="erguvan yolu hastanesi|istanbul|kadıköy",
    facility_id=FACILITY,
    state="TR",
    name="Erguvan Yolu Hastanesi",
    differences=[Difference("kind", "clinic", "hospital")],
    reason=None,
    outcome=None,
)
_OURS = DuplicateSide(
    id=FACILITY,
    name="Erguvan Yolu Hastanesi",
    kind=FacilityKind.HOSPITAL,
    city="İstanbul",
    address="Kadıköy, İstanbul",
    source=Source.TR_MOH,
    known_since=at("2027-01-10"),
    version=3,
)
_OTHER = msgspec.structs.replace(
    _OURS, id=example_id(62), name="Erguvan Yolu Hospital", city="Istanbul", address=None,
    source=Source.ROR, version=1,
)  # fmt: skip
_PAIR = DuplicateView(_OURS, _OTHER, 0.86, None)
_MERGE = FacilityMergeView(
    id=example_id(63),
    survivor_id=FACILITY,
    survivor_name=_OURS.name,
    other_id=_OTHER.id,
    other_name=_OTHER.name,
    state="TR",
    status=FacilityMergeStatus.PROPOSED,
    proposed_by=ACCOUNT,
    proposed_at=at("2027-02-02"),
    decided_by=None,
    decided_at=None,
)
_PHOTO_ID = example_id(64)
_PHOTO = PhotoView(
    id=_PHOTO_ID,
    facility_id=FACILITY,
    alt={"en": "The entrance, with a ramp"},
    addresses={width: f"/v1/facility-photos/{_PHOTO_ID}/{width}" for width in ("480", "1280")},
    width=1280,
    height=853,
    created_at=at("2027-02-03"),
)

EXAMPLES: tuple[object, ...] = (
    _IMPORT,
    RegisterImportPage([_IMPORT], None),
    RegisterImportDetail(**msgspec.structs.asdict(_IMPORT), items=[_CHANGE], next=None),
    ApplyRegisterImport([_CHANGE.id]),
    _PAIR,
    DuplicatePage([_PAIR], None),
    MergeFacilities(_OTHER.id, _OTHER.version),
    TellApart(_OTHER.id),
    _MERGE,
    FacilityMergePage([_MERGE], None),
    WriteProfile(
        departments=["orthopaedics"],
        languages=["tr", "kk"],
        accessibility=[Accessibility.LIFT, Accessibility.STEP_FREE_ENTRANCE],
    ),
    ProfileView(
        facility_id=FACILITY,
        departments=["orthopaedics"],
        languages=["tr", "kk"],
        accessibility=[Accessibility.LIFT, Accessibility.STEP_FREE_ENTRANCE],
        airports=[NearAirport("SAW", "Istanbul", "TR", 28)],
        photos=[_PHOTO],
        version=1,
    ),
    _PHOTO,
    DescribePhoto({"en": "The entrance, with a ramp"}),
    OrderPhotos([_PHOTO.id]),
    ShowPractitioner(consents=True, languages=["tr", "en"]),
    PractitionerView(
        example_id(65), "Dr. Onur Örnek", "orthopaedics", ["tr", "en"], True, True, False
    ),
)
