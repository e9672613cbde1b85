"""Imports as batches: what a file changes, applying all or a part, and what has moved since."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.catalogue import service as catalogue
from domain.db import connection, transactional
from domain.errors import Forbidden, StaleVersion
from domain.facilities import service as facilities
from domain.facilities.types import Source
from domain.ids import new_id
from domain.registers import service
from domain.registers.errors import (
    ImportDecided,
    NoSuchChange,
    NoSuchRegisterImport,
    RegisterElsewhere,
    RegisterMoved,
    RegisterUnreadable,
)
from domain.registers.formats import FORMATS, hungarian_specialties
from domain.registers.reading import MAX_BYTES, MAX_ROWS, read_rows
from domain.registers.types import (
    ApplyRegisterImport,
    ChangeKind,
    ChangeView,
    Difference,
    ImportStatus,
    Outcome,
    RegisterFormat,
    RegisterImportView,
)
from tests.conftest import organisation_of
from tests.factories import directory
from tests.factories.registers import FILES, csv_file, hungarian, organisation

pytestmark = pytest.mark.usefixtures("catalogue")
OPERATOR = Actor(kind=ActorKind.PERSON, role=Role.OPERATOR, account_id=new_id())
HU, ROR = RegisterFormat.HU_NEAK, RegisterFormat.ROR
ALL = ApplyRegisterImport()
MOVED = {
    "tr-moh": ("type", "Özel Diş Hastanesi"),
    "hu-neak": ("address", "Új utca 99."),
    "ror": ("website", "https://moved.example"),
}
"""A column of each register, and what its next edition says there."""


async def read(register: RegisterFormat, *rows: str, actor: Actor = SYSTEM) -> RegisterImportView:
    return await service.read_register(actor, register, csv_file(register, rows))


async def settled(register: RegisterFormat, *rows: str, actor: Actor = SYSTEM) -> None:
    """Make these rows what the register said last."""
    made = await read(register, *rows, actor=actor)
    await service.apply_import(actor, made.id, ALL, version=made.version)


async def changes(made: RegisterImportView, kind: ChangeKind | None = None) -> list[ChangeView]:
    found: list[ChangeView] = []
    after = None
    while True:
        page = await service.show_import(SYSTEM, made.id, kind, after=after, limit=100)
        found += page.items
        if (after := page.next) is None:
            return found


def counts(made: RegisterImportView) -> tuple[int, int, int, int, int]:
    return made.new, made.changed, made.gone, made.unchanged, made.refused


@transactional
async def stored(actor: Actor, source: str, key: str) -> Any:
    return await connection().fetchrow(
        "SELECT * FROM facility WHERE source = $1 AND source_key = $2", source, key
    )


@pytest.mark.parametrize("register", list(FILES))
async def test_a_real_register_and_its_next_edition(register: str, register_data: Path) -> None:
    (name, taken, _), (column, otherwise) = FILES[register], MOVED[register]
    kind = RegisterFormat(register)
    raw = (register_data / "facilities" / name).read_bytes()
    first = await service.read_register(SYSTEM, kind, raw)
    assert first.new + first.changed + first.unchanged == taken
    await service.apply_import(SYSTEM, first.id, ALL, version=first.version)
    again = await service.read_register(SYSTEM, kind, raw)
    assert counts(again) == (0, 0, 0, taken, first.refused)

    entries = read_rows(raw, FORMATS[kind]).entries
    (lost, absent), (edited, _), (extra, _) = entries[0], entries[1], entries[2]
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    header, at = rows[0], rows[0].index(column)
    new = list(rows[extra - 1])
    key = {"tr-moh": "name", "hu-neak": "neak_code", "ror": "ror_id"}[register]
    new[header.index(key)] = {
        "tr-moh": "Yepyeni Hastanesi", "hu-neak": "ZZ99", "ror": "https://ror.org/0zzz00099"
    }[register]  # fmt: skip
    rows[edited - 1][at] = otherwise
    next_edition = io.StringIO()
    csv.writer(next_edition).writerows([*rows[: lost - 1], *rows[lost:], new])
    made = await service.read_register(SYSTEM, kind, next_edition.getvalue().encode())
    assert counts(made) == (1, 1, 1, taken - 2, first.refused)
    found = {each.kind: each for each in await changes(made) if each.kind != ChangeKind.REFUSED}
    assert found[ChangeKind.GONE].source_key == absent.source_key
    told = found[ChangeKind.CHANGED].differences
    expected = {"type": "dental_clinic"}.get(column, otherwise)
    assert any(expected in (each.after or "") and each.before != each.after for each in told)
    assert found[ChangeKind.NEW].facility_id is None
    # What was gone comes back with the edition that has it again.
    await service.apply_import(SYSTEM, made.id, ALL, version=made.version)
    back = await service.read_register(SYSTEM, kind, raw)
    assert counts(back) == (0, 2, 1, taken - 2, first.refused)
    await service.apply_import(SYSTEM, back.id, ALL, version=back.version)
    assert (await stored(SYSTEM, register, absent.source_key))["register_gone_at"] is None


async def test_reading_changes_nothing_and_gone_marks_without_unlisting() -> None:
    await settled(HU, hungarian("A001"), hungarian("A002"))
    made = await read(HU, hungarian("A001", city="Göd"), hungarian("A003"), hungarian("bad!"))
    assert counts(made) == (1, 1, 1, 0, 1)
    assert await stored(SYSTEM, "hu-neak", "A003") is None
    changed = (await changes(made, ChangeKind.CHANGED))[0]
    refused = (await changes(made, ChangeKind.REFUSED))[0]
    assert Difference("city", "Vác", "Göd") in changed.differences
    assert (refused.line, refused.reason) == (4, "not a NEAK code: 'bad!'")
    done = await service.apply_import(SYSTEM, made.id, ALL, version=1)
    assert (done.status, done.applied, done.version) == (ImportStatus.APPLIED, 3, 2)
    gone = await stored(SYSTEM, "hu-neak", "A002")
    assert gone["register_gone_at"] is not None
    # Only those who keep the register learn it; everybody still finds the facility.
    for actor, told in (
        (ANONYMOUS, False),
        (directory.officer("TR"), False),
        (directory.staff(new_id()), False),
        (directory.officer("HU"), True),
        (OPERATOR, True),
    ):
        shown = await facilities.show_facility(actor, gone["id"])
        assert (shown.register_gone_at is not None) is told
        assert shown.listing.listed is False


async def test_what_is_gone_is_listed_to_those_who_keep_the_register() -> None:
    await settled(ROR, *(organisation(n) for n in range(20, 24)), organisation(24, "UZ"))
    await settled(ROR)

    async def listed(actor: Actor) -> set[str]:
        names: list[str] = []
        cursor = None
        while True:
            page = await service.list_gone(actor, cursor=cursor, limit=3)
            assert all(each.register_gone_at for each in page.items)
            names += [each.name for each in page.items]
            if (cursor := page.next) is None:
                assert page.total == len(names)
                return set(names)

    kazakh = {f"Registered hospital {n}" for n in range(20, 24)}
    assert kazakh <= await listed(directory.officer("KZ"))
    assert not kazakh & await listed(directory.officer("UZ"))
    assert {*kazakh, "Registered hospital 24"} <= await listed(OPERATOR)
    with pytest.raises(Forbidden):
        await service.list_gone(directory.staff(new_id()))


async def test_a_part_is_applied_and_the_rest_left_out() -> None:
    await settled(HU, hungarian("B001"))
    made = await read(HU, hungarian("B001"), hungarian("B002"), hungarian("B003"))
    new = await changes(made, ChangeKind.NEW)
    chosen = ApplyRegisterImport([new[0].id])
    with pytest.raises(NoSuchChange):
        await service.apply_import(
            SYSTEM, made.id, ApplyRegisterImport([new[0].id, new_id()]), version=1
        )
    done = await service.apply_import(SYSTEM, made.id, chosen, version=1)
    assert done.applied == 1
    assert [each.outcome for each in await changes(done, ChangeKind.NEW)] == [
        Outcome.APPLIED, Outcome.LEFT_OUT,
    ]  # fmt: skip
    assert await stored(SYSTEM, "hu-neak", "B003") is None
    # The same again is the same answer; another choice comes too late.
    assert await service.apply_import(SYSTEM, made.id, chosen, version=1) == done
    with pytest.raises(ImportDecided):
        await service.apply_import(SYSTEM, made.id, ALL, version=2)


async def test_two_clicks_apply_once() -> None:
    await settled(HU, hungarian("C001"))
    made = await read(HU, hungarian("C001"), *(hungarian(f"C1{n:02d}") for n in range(30)))
    one, other = await asyncio.gather(
        *(service.apply_import(OPERATOR, made.id, ALL, version=1) for _ in range(2))
    )
    assert one == other
    assert (one.applied, one.version) == (30, 2)
    assert (await stored(SYSTEM, "hu-neak", "C100"))["version"] == 1


async def test_what_moved_since_is_not_applied() -> None:
    await settled(HU, hungarian("D001"), hungarian("D002"))
    older = await read(HU, hungarian("D001", city="Göd"))
    newer = await read(HU, hungarian("D001", city="Eger"), hungarian("D002"), hungarian("D003"))
    late = await read(HU, hungarian("D001"), hungarian("D002"), hungarian("D003"))
    await service.apply_import(SYSTEM, newer.id, ALL, version=1)
    for stale in (older, late):
        with pytest.raises(RegisterMoved):
            await service.apply_import(SYSTEM, stale.id, ALL, version=1)
    assert (await stored(SYSTEM, "hu-neak", "D001"))["city"] == "Eger"
    # What has not moved of the older one may still be chosen: D002 is gone from it.
    gone = await changes(older, ChangeKind.GONE)
    wanted = [each.id for each in gone if each.source_key == "D002"]
    await service.apply_import(SYSTEM, older.id, ApplyRegisterImport(wanted), version=1)
    assert (await stored(SYSTEM, "hu-neak", "D002"))["register_gone_at"] is not None


async def test_who_is_assigned_keeps_the_facility_and_nothing_has_moved() -> None:
    await settled(HU, hungarian("E001"))
    row = await stored(SYSTEM, "hu-neak", "E001")
    made = await read(HU, hungarian("E001", city="Göd"))
    theirs = await organisation_of(Role.COORDINATOR, "HU")
    await facilities.assign_facility(OPERATOR, row["id"], theirs)
    await service.apply_import(SYSTEM, made.id, ALL, version=1)
    after = await stored(SYSTEM, "hu-neak", "E001")
    assert (after["city"], after["organisation_id"]) == ("Göd", theirs)


async def test_discarding_closes_and_versions_are_asked() -> None:
    made = await read(HU, hungarian("F001"))
    with pytest.raises(StaleVersion):
        await service.discard_import(OPERATOR, made.id, version=7)
    closed = await service.discard_import(OPERATOR, made.id, version=1)
    assert closed.status is ImportStatus.DISCARDED
    assert await service.discard_import(OPERATOR, made.id, version=1) == closed
    with pytest.raises(ImportDecided):
        await service.apply_import(OPERATOR, made.id, ALL, version=2)
    assert await stored(SYSTEM, "hu-neak", "F001") is None


async def test_an_officer_imports_their_own_state_and_sees_no_other() -> None:
    kazakh, uzbek = directory.officer("KZ"), directory.officer("UZ")
    await settled(ROR, organisation(1), organisation(2, "UZ"))
    made = await read(ROR, organisation(1), organisation(3, "UZ"), actor=kazakh)
    # The other state's hospital that is missing from the file is no business of this officer.
    assert (made.states, counts(made)) == (["KZ"], (0, 0, 0, 1, 1))
    assert (await changes(made))[0].reason == "of another state"
    with pytest.raises(RegisterElsewhere):
        await read(HU, hungarian("G001"), actor=kazakh)
    for look in (
        service.show_import(uzbek, made.id),
        service.apply_import(uzbek, made.id, ALL, version=1),
        service.discard_import(uzbek, made.id, version=1),
    ):
        with pytest.raises(NoSuchRegisterImport):
            await look
    assert made.id not in {each.id for each in (await service.list_imports(uzbek)).items}
    assert made.id in {each.id for each in (await service.list_imports(kazakh)).items}
    assert made.id in {each.id for each in (await service.list_imports(OPERATOR)).items}
    for stranger in (ANONYMOUS, directory.staff(new_id())):
        with pytest.raises(Forbidden):
            await read(ROR, organisation(1), actor=stranger)


async def test_row_security_hides_what_every_query_forgot() -> None:
    made = await read(ROR, organisation(1), actor=directory.officer("KZ"))

    @transactional
    async def seen(actor: Actor, import_id: UUID) -> int:
        return int(
            await connection().fetchval(
                "SELECT count(*) FROM register_import b LEFT JOIN register_change c"
                " ON c.import_id = b.id WHERE b.id = $1",
                import_id,
            )
        )

    assert await seen(directory.officer("KZ"), made.id) > 0
    for other in (directory.officer("UZ"), directory.staff(new_id()), ANONYMOUS):
        assert await seen(other, made.id) == 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
async def test_a_formula_in_a_cell_is_a_name_like_another(start: str) -> None:
    name = f"{start}HYPERLINK(1) Kórház"
    code = f"H0{'=+-@'.index(start)}0"
    await settled(HU, hungarian(code, name=name))
    assert (await stored(SYSTEM, "hu-neak", code))["name"] == name


def test_a_file_too_large_or_too_long_is_refused_whole() -> None:
    with pytest.raises(RegisterUnreadable, match="64 MiB"):
        read_rows(b"x" * (MAX_BYTES + 1), FORMATS[HU])
    most = [hungarian("0001")] * MAX_ROWS
    assert len(read_rows(csv_file(HU, most), FORMATS[HU]).refused) == MAX_ROWS - 1
    with pytest.raises(RegisterUnreadable, match="rows"):
        read_rows(csv_file(HU, [*most, hungarian("0002")]), FORMATS[HU])


async def test_a_register_in_another_encoding_loses_its_rows_and_no_letter() -> None:
    raw = csv_file(HU, [hungarian("I001"), hungarian("I002", name="Kelet Korhaz", city="Eger")])
    made = await service.read_register(SYSTEM, HU, raw.decode().encode("iso-8859-2", "replace"))
    assert {each.reason for each in await changes(made, ChangeKind.REFUSED)} == {
        "bytes that are not UTF-8"
    }


async def test_specialties_of_the_hungarian_register_are_ours(register_data: Path) -> None:
    ours = {each.code for each in await catalogue.list_specialties(SYSTEM, "en")}
    named = hungarian_specialties()
    assert {each for each in named.values() if each} <= ours
    official = (register_data / "facilities" / "hu_specialty_codes.csv").read_text("utf-8-sig")
    assert [row["specialty_hu"] for row in csv.DictReader(io.StringIO(official))] == list(named)
    raw = (register_data / "facilities" / FILES["hu-neak"][0]).read_bytes()
    entries = [entry for _, entry in read_rows(raw, FORMATS[HU]).entries]
    assert sum(bool(entry.specialties) for entry in entries) > 140
    await settled(HU, hungarian("J001"))
    row = await stored(SYSTEM, "hu-neak", "J001")
    shown = await facilities.show_facility(ANONYMOUS, row["id"])
    assert shown.register_specialties == ["cardiology", "general_surgery"]
    assert shown.source is Source.HU_NEAK
