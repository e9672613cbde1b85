"""Examples of what officers keep in order: registers of facilities."""

import msgspec

from api.examples.values import ACCOUNT, FACILITY, SHA256, at, example_id
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

EXAMPLES: tuple[object, ...] = (
    _IMPORT,
    RegisterImportPage([_IMPORT], None),
    RegisterImportDetail(**msgspec.structs.asdict(_IMPORT), items=[_CHANGE], next=None),
    ApplyRegisterImport([_CHANGE.id]),
)
