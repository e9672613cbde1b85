"""Examples of what officers keep in order: registers of facilities, and duplicates."""

import msgspec

from api.examples.values import ACCOUNT, FACILITY, SHA256, at, example_id
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
)
