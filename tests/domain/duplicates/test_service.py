"""Facilities that two registers tell of: found, merged by four eyes, told apart."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.postgres import DatabaseUrls
from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.credentials import service as credentials
from domain.cursor import CursorInvalid
from domain.db import connection, transactional
from domain.duplicates import service
from domain.duplicates.errors import (
    FacilitiesMoved,
    FacilityElsewhere,
    MergeDecided,
    MergeHindered,
    MergeWaits,
    NoSuchFacilityMerge,
    SameFacility,
    SecondOfficerNeeded,
    StatesDiffer,
)
from domain.duplicates.types import (
    FacilityMergeStatus,
    FacilityMergeView,
    MergeFacilities,
    TellApart,
)
from domain.errors import Forbidden, StaleVersion
from domain.facilities import service as facilities
from domain.facilities.errors import FacilityMerged, NoSuchFacility
from domain.facilities.types import (
    CreateFacility,
    FacilityKind,
    FacilityQuery,
    ListedFilter,
    Source,
)
from domain.ids import new_id
from domain.registers import service as registers
from domain.registers.errors import RegisterMoved
from domain.registers.types import ApplyRegisterImport, RegisterFormat, RegisterImportView
from tests.conftest import organisation_of
from tests.factories import directory
from tests.factories.registers import csv_file, hungarian

pytestmark = pytest.mark.usefixtures("catalogue")
HU = RegisterFormat.HU_NEAK


@transactional
async def registered(
    actor: Actor, source: Source, name: str, city: str = "Pécs", key: str | None = None,
    state: str = "HU",
) -> UUID:  # fmt: skip
    """A facility as a register would bring it."""
    found, _, _ = await facilities.store_facility(
        actor,
        CreateFacility(jurisdiction=state, kind=FacilityKind.HOSPITAL, name=name, city=city),
        source=source,
        source_key=key or str(new_id()),
    )
    return found


async def version_of(facility_id: UUID) -> int:
    return (await facilities.show_facility(SYSTEM, facility_id)).version


async def proposed(officer: Actor, survivor: UUID, other: UUID) -> FacilityMergeView:
    return await service.propose_merge(
        officer, survivor, MergeFacilities(other, await version_of(other)),
        version=await version_of(survivor),
    )  # fmt: skip


async def merged(survivor: UUID, other: UUID, state: str = "HU") -> FacilityMergeView:
    made = await proposed(directory.officer(state), survivor, other)
    return await service.confirm_merge(directory.officer(state), made.id)


async def pairs(officer: Actor) -> dict[frozenset[UUID], float]:
    found, cursor = {}, None
    while True:
        page = await service.list_duplicates(officer, cursor=cursor, limit=5)
        found |= {frozenset((each.one.id, each.other.id)): each.score for each in page.items}
        if (cursor := page.next) is None:
            return found


async def test_likely_pairs_come_surest_first_and_once() -> None:
    equal = [await registered(SYSTEM, source, "Mecsek Kórház") for source in
             (Source.HU_NEAK, Source.ROR)]  # fmt: skip
    alike = await registered(SYSTEM, Source.ROR, "Baranya Megyei Mecsek Kórház")
    elsewhere = await registered(SYSTEM, Source.ROR, "Mecsek Kórház", city="Győr")
    same_source = await registered(SYSTEM, Source.HU_NEAK, "Mecsek Kórház")
    unlike = await registered(SYSTEM, Source.ROR, "Szívklinika")
    officer = directory.officer("HU")
    found = await pairs(officer)
    assert found[frozenset(equal)] == 1.0
    assert 0.65 <= found[frozenset((equal[0], alike))] < 1.0
    assert list(found.values()) == sorted(found.values(), reverse=True)
    named = {each for pair in found for each in pair}
    assert not {elsewhere, unlike} & named
    assert frozenset((equal[0], same_source)) not in found
    assert frozenset(equal) not in await pairs(directory.officer("KZ"))
    operator = Actor(kind=ActorKind.PERSON, role=Role.OPERATOR, account_id=new_id())
    assert frozenset(equal) in await pairs(operator)
    with pytest.raises(CursorInvalid):
        await service.list_duplicates(officer, cursor="W10")
    with pytest.raises(Forbidden):
        await service.list_duplicates(directory.staff(new_id()))


async def test_told_apart_is_remembered_whichever_way_round() -> None:
    one = await registered(SYSTEM, Source.HU_NEAK, "Tisza Kórház", city="Szolnok")
    other = await registered(SYSTEM, Source.ROR, "Tisza Kórház", city="Szolnok")
    officer = directory.officer("HU")
    await service.tell_apart(officer, other, TellApart(one))
    await service.tell_apart(officer, one, TellApart(other))
    assert frozenset((one, other)) not in await pairs(officer)


async def test_the_pairs_of_the_real_registers(register_data: Path) -> None:
    folder = register_data / "facilities"
    for register, name in (
        ("tr-moh", "tr_moh_facilities.csv"),
        ("hu-neak", "hu_inpatient_institutions_2022-11.csv"),
        ("ror", "ror_medical_orgs_7countries.csv"),
    ):
        await registers.import_register(register, folder / name)
    found = await service.list_duplicates(directory.officer("TR"), limit=100)
    assert found.items, "the registers of one state know no hospital twice"
    assert all(each.one.source != each.other.source for each in found.items)


async def test_two_officers_merge_and_every_register_finds_the_survivor() -> None:
    survivor = await registered(SYSTEM, Source.HU_NEAK, "Duna Kórház", key="M001", city="Vác")
    key = "https://ror.org/0duna0012"
    other = await registered(SYSTEM, Source.ROR, "Danube Hospital Vác", key=key, city="Vác")
    first, second = directory.officer("HU"), directory.officer("HU")
    made = await proposed(first, survivor, other)
    assert made.status is FacilityMergeStatus.PROPOSED
    assert await proposed(first, survivor, other) == made
    with pytest.raises(MergeWaits):
        await proposed(second, survivor, other)
    with pytest.raises(SecondOfficerNeeded):
        await service.confirm_merge(first, made.id)
    for stranger in (directory.officer("TR"), directory.staff(new_id()), ANONYMOUS):
        with pytest.raises((NoSuchFacilityMerge, Forbidden)):
            await service.confirm_merge(stranger, made.id)
    one, again = await asyncio.gather(*(service.confirm_merge(second, made.id) for _ in range(2)))
    assert one == again
    assert one.status is FacilityMergeStatus.CONFIRMED
    with pytest.raises(MergeDecided):
        await service.withdraw_merge(first, made.id)

    shown = await facilities.show_facility(ANONYMOUS, other)
    assert shown.id == survivor
    assert [(each.source, each.key) for each in shown.identifiers] == [
        (Source.HU_NEAK, "M001"), (Source.ROR, key),
    ]  # fmt: skip
    for source, each in ((Source.HU_NEAK, "M001"), (Source.ROR, key)):
        assert await facilities.find_by_source_key(SYSTEM, source, each) == survivor
    # By the old name it is found as well, once, and under no other id.
    query = FacilityQuery(state=("HU",), q="Danube", listed=ListedFilter.ANY)
    assert [f.id for f in (await facilities.list_facilities(ANONYMOUS, query)).items] == [survivor]
    with pytest.raises(NoSuchFacility):
        await facilities.facility_ref(ANONYMOUS, other)
    # The second register knows it, and leaves what is told to the first.
    again_id = await registered(SYSTEM, Source.ROR, "Renamed by ROR", key=key, city="Eger")
    assert again_id == survivor
    assert (await facilities.show_facility(SYSTEM, survivor)).name == "Duna Kórház"


async def test_an_import_takes_both_keys_for_one_facility() -> None:
    async def read(*rows: str) -> RegisterImportView:
        return await registers.read_register(SYSTEM, HU, csv_file(HU, rows))

    made = await read(hungarian("N001", "Ipoly Kórház"), hungarian("N002", "Ipoly Kórház II."))
    await registers.apply_import(SYSTEM, made.id, ApplyRegisterImport(), version=1)
    ids = [await facilities.find_by_source_key(SYSTEM, Source.HU_NEAK, key) for key in
           ("N001", "N002")]  # fmt: skip
    waiting = await read(hungarian("N001", "Ipoly Kórház"))
    assert ids[0] and ids[1]
    await merged(ids[0], ids[1])
    same = await read(hungarian("N001", "Ipoly Kórház"), hungarian("N002", "Another name"))
    assert (same.new, same.changed, same.gone) == (0, 0, 0)
    # Neither is the second key gone when it is left out, nor can an older import say so.
    assert (await read(hungarian("N001", "Ipoly Kórház"))).gone == 0
    with pytest.raises(RegisterMoved):
        await registers.apply_import(SYSTEM, waiting.id, ApplyRegisterImport(), version=1)


async def test_what_cannot_move_hinders() -> None:
    survivor = await registered(SYSTEM, Source.HU_NEAK, "Zala Kórház")
    run = await directory.facility(
        "HU", name="Zala Hospital", organisation=await organisation_of(Role.COORDINATOR, "HU")
    )
    await credentials.submit_credential(SYSTEM, run.id, directory.certificate())
    await directory.offer(run.id)
    with pytest.raises(MergeHindered) as refused:
        await proposed(directory.officer("HU"), survivor, run.id)
    assert refused.value.extensions["ties"] == ["organisation", "offers", "credentials"]
    # The other way round nothing hinders.
    await merged(run.id, survivor)
    assert (await facilities.show_facility(ANONYMOUS, survivor)).id == run.id


async def test_what_changes_between_the_two_officers_is_looked_at_again() -> None:
    survivor = await registered(SYSTEM, Source.HU_NEAK, "Rába Kórház", key="R001")
    other = await registered(SYSTEM, Source.ROR, "Raba Hospital")
    made = await proposed(directory.officer("HU"), survivor, other)
    await registered(SYSTEM, Source.HU_NEAK, "Rába Megyei Kórház", key="R001")
    with pytest.raises(FacilitiesMoved):
        await service.confirm_merge(directory.officer("HU"), made.id)
    closed = await service.withdraw_merge(directory.officer("HU"), made.id)
    assert closed.status is FacilityMergeStatus.WITHDRAWN
    fresh = await proposed(directory.officer("HU"), survivor, other)
    await credentials.submit_credential(SYSTEM, other, directory.certificate())
    with pytest.raises((MergeHindered, FacilitiesMoved)):
        await service.confirm_merge(directory.officer("HU"), fresh.id)


async def test_nothing_new_is_hung_on_a_merged_facility() -> None:
    """A credential that is handed in while the merge commits waits, and is refused."""
    survivor = await registered(SYSTEM, Source.HU_NEAK, "Körös Kórház")
    other = await registered(SYSTEM, Source.ROR, "Koros Hospital")
    made = await proposed(directory.officer("HU"), survivor, other)

    @transactional
    async def merge_slowly(actor: Actor) -> None:
        await service.confirm_merge(actor, made.id)
        await asyncio.sleep(0.4)

    slow = asyncio.ensure_future(merge_slowly(directory.officer("HU")))
    await asyncio.sleep(0.15)
    with pytest.raises(FacilityMerged):
        await credentials.submit_credential(SYSTEM, other, directory.certificate())
    await slow


async def test_chains_of_merges_lead_to_the_last_survivor() -> None:
    first = await registered(SYSTEM, Source.ROR, "Maros Hospital")
    second = await registered(SYSTEM, Source.HU_NEAK, "Maros Kórház")
    third = await registered(SYSTEM, Source.OWN, "Maros Clinic")
    await merged(second, first)
    await merged(third, second)
    for address in (first, second, third):
        assert (await facilities.show_facility(ANONYMOUS, address)).id == third
    with pytest.raises(NoSuchFacility):
        await proposed(directory.officer("HU"), third, first)


async def test_what_is_no_pair_is_refused() -> None:
    one = await registered(SYSTEM, Source.HU_NEAK, "Sió Kórház")
    other = await registered(SYSTEM, Source.ROR, "Sio Hospital")
    abroad = await registered(SYSTEM, Source.ROR, "Sio Hospital", state="TR")
    officer = directory.officer("HU")
    with pytest.raises(SameFacility):
        await proposed(officer, one, one)
    with pytest.raises(StatesDiffer):
        await proposed(officer, one, abroad)
    with pytest.raises(FacilityElsewhere):
        await proposed(officer, abroad, one)
    with pytest.raises(StaleVersion):
        await service.propose_merge(officer, one, MergeFacilities(other, 9), version=1)
    with pytest.raises(StaleVersion):
        await service.propose_merge(officer, one, MergeFacilities(other, 1), version=9)
    with pytest.raises(NoSuchFacility):
        await service.tell_apart(officer, one, TellApart(new_id()))


@transactional
async def rows(actor: Actor, sql: str, *values: object) -> Any:
    return await connection().fetch(sql, *values)


async def test_the_database_itself_asks_for_two_officers(urls: DatabaseUrls) -> None:
    one = await registered(SYSTEM, Source.HU_NEAK, "Bodrog Kórház")
    other = await registered(SYSTEM, Source.ROR, "Bodrog Hospital")
    made = await proposed(directory.officer("HU"), one, other)
    connected = await asyncpg.connect(urls.app)
    try:
        await connected.execute("SELECT set_config('shifayol.kind', 'system', false)")
        with pytest.raises(asyncpg.CheckViolationError, match="facility_merge_four_eyes"):
            await connected.execute(
                "UPDATE facility_merge SET status = 'confirmed', decided_by = proposed_by,"
                " decided_at = now() WHERE id = $1",
                made.id,
            )
    finally:
        await connected.close()
    seen = "SELECT id FROM facility_merge WHERE id = $1"
    assert await rows(directory.officer("HU"), seen, made.id)
    assert not await rows(directory.officer("TR"), seen, made.id)
    assert not await rows(ANONYMOUS, seen, made.id)
