"""Importing registers: the real files, a second run, and every way a row can be broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.db import connection, transactional
from domain.facilities import service
from domain.facilities.types import (
    FacilityKind,
    FacilityQuery,
    ListedFilter,
    ListingReason,
    Source,
)
from domain.registers.errors import RegisterUnreadable
from domain.registers.formats import FORMATS
from domain.registers.service import import_register
from domain.registers.types import ImportReport, RegisterFormat
from tests.factories.registers import FILES

pytestmark = pytest.mark.usefixtures("catalogue")

TR = ",".join(FORMATS[RegisterFormat.TR_MOH].header)
HU = ",".join(FORMATS[RegisterFormat.HU_NEAK].header)
ROR = ",".join(FORMATS[RegisterFormat.ROR].header)


def written(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "register.csv"
    path.write_bytes(b"".join((x if isinstance(x, bytes) else x.encode()) + b"\r\n" for x in lines))
    return path


def tr(name: str, kind: str = "Devlet Hastanesi", country: str = "TR", **more: str) -> str:
    place = {"province": "Adana", "district": "Kozan", **more}
    return f"{name},{kind},{country},01,{place['province']},{place['district']},MoH,"


@transactional
async def stored(actor: Actor, source: str, key: str) -> Any:
    return await connection().fetchrow(
        "SELECT * FROM facility WHERE source = $1 AND source_key = $2", source, key
    )


@pytest.mark.parametrize("register", list(FILES))
async def test_the_real_register_is_taken_once(register: str, register_data: Path) -> None:
    name, taken, skipped = FILES[register]
    path, told = register_data / "facilities" / name, []
    first = await import_register(
        register, path, progress=lambda done, total: told.append((done, total))
    )
    assert first.taken + first.updated + first.unchanged == taken
    assert len(first.skipped) == skipped
    assert all(line > 1 and reason for line, reason in first.skipped)
    # What other tests left of this register is gone from it.
    everything = taken + skipped + first.gone
    assert told[-1] == (everything, everything)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    second = await import_register(register, path)
    assert second == ImportReport(0, 0, taken, first.skipped)


async def test_codes_keep_their_zeros_and_names_their_letters(register_data: Path) -> None:
    for register, (name, _, _) in FILES.items():
        await import_register(register, register_data / "facilities" / name)
    hungarian = await stored(SYSTEM, "hu-neak", "0364")
    assert hungarian["name"] == "Ótemplomi Szeretetszolgálat, Szarvas"
    assert (hungarian["zone"], hungarian["demo"]) == ("Europe/Budapest", False)
    key = "t.c. sağlık bakanlığı adana şehir hastanesi|adana|yüreğir"
    turkish = await stored(SYSTEM, "tr-moh", key)
    assert (turkish["zone"], turkish["kind"]) == ("Europe/Istanbul", "hospital")
    assert turkish["position_of"] == "town"
    assert turkish["website"] is None
    shown = await service.show_facility(ANONYMOUS, turkish["id"])
    assert shown.listing.reason is ListingReason.NOT_LISTED
    assert shown.source is Source.TR_MOH
    kazakh = await service.list_facilities(
        ANONYMOUS, FacilityQuery(state=("KZ",), q="кардиология internal", listed=ListedFilter.ANY)
    )
    assert all(item.zone == "Asia/Almaty" for item in kazakh.items)


async def test_broken_rows_are_left_out_with_their_reasons(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TR,
        tr("Sağlam Bir Hastanesi"),
        tr(""),
        tr("   "),
        tr("Bilinmeyen Tür", kind="Uzay İstasyonu"),
        tr("Yabancı", country="DE"),
        "Eksik sütun,Devlet Hastanesi,TR",
        tr("Fazla sütun") + ",bir,daha",
        tr("Kötü \0 Hastanesi"),
        b"Bozuk \xff\xfe Hastanesi,Devlet Hastanesi,TR,01,Adana,Kozan,MoH,",
        tr("Sağlam Bir Hastanesi"),
        tr("SAĞLAM  BİR HASTANESİ"),
        tr("!!! ???"),
        tr("x" * 400),
        tr("Ağız Merkezi", kind="Ağız ve Diş Sağlığı Merkezi", province=""),
        tr("Son Diş Hastanesi", kind="Özel Diş Hastanesi"),
        "",
    )
    report = await import_register("tr-moh", path)
    assert (report.taken, report.updated, report.unchanged) == (2, 0, 0)
    reasons = dict(report.skipped)
    expected = {
        3: "no name", 4: "no name", 5: "unknown kind", 6: "unknown country", 7: "3 columns",
        8: "10 columns", 9: "NUL", 10: "not UTF-8", 11: "line 2", 12: "line 2", 13: "letters",
        14: "length", 15: "no city",
    }  # fmt: skip
    assert sorted(reasons) == sorted(expected)
    for line, fragment in expected.items():
        assert fragment in reasons[line], (line, reasons[line])


async def test_a_changed_row_is_updated_and_keeps_what_is_ours(tmp_path: Path) -> None:
    row = "0001,Egy Kórház,Pest megye,2000,{city},{address},(1) 1,3,Belgyógyászat"
    await import_register("hu-neak", written(tmp_path, HU, row.format(city="Vác", address="Fő 1")))
    before = await stored(SYSTEM, "hu-neak", "0001")
    report = await import_register(
        "hu-neak", written(tmp_path, HU, row.format(city="Göd", address="Fő 2"))
    )
    assert (report.taken, report.updated) == (0, 1)
    after = await stored(SYSTEM, "hu-neak", "0001")
    assert (after["id"], after["city"], after["version"]) == (before["id"], "Göd", 2)
    assert after["created_at"] == before["created_at"]


async def test_ror_takes_active_healthcare_only(tmp_path: Path) -> None:
    def ror(number: int, kind: str = "healthcare", status: str = "active", **more: str) -> str:
        names = json.dumps({"tr": ["Bir Hastane"], "xx": ["?"], "en": []}).replace('"', '""')
        values = {"country": "KZ", "names": names, "id": f"https://ror.org/0abc{number:03d}12"}
        values |= more
        return (
            f"{values['id']},{values['country']},Almaty,43.2,76.9,1,Org {number},"
            f'"{values["names"]}",{kind},healthcare,{status},javascript:alert(1),,1990'
        )

    path = written(
        tmp_path,
        ROR,
        ror(1),
        ror(2, kind="education"),
        ror(3, status="inactive"),
        ror(4, country="FR"),
        ror(5, names="{not json"),
        ror(6, id="javascript:alert(1)"),
    )
    report = await import_register("ror", path)
    assert report.taken == 1
    assert [line for line, _ in report.skipped] == [3, 4, 5, 6, 7]
    row = await stored(SYSTEM, "ror", "https://ror.org/0abc00112")
    assert row["kind"] == FacilityKind.HOSPITAL.value
    assert row["website"] is None
    assert json.loads(row["names"]) == {"tr": "Bir Hastane"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"name,kind\nx,y\n",
        HU.encode() + b"\n",
        TR.encode("utf-16") + b"\n",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b'"' + b"x" * 200_000,
    ],
    ids=["empty", "blank", "other header", "other register", "utf-16", "binary", "open quote"],
)
async def test_a_file_that_is_no_such_register_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(RegisterUnreadable):
        await import_register("tr-moh", path)


async def test_a_missing_file_and_an_unknown_format_are_refused(tmp_path: Path) -> None:
    for register, path in (
        ("tr-moh", tmp_path / "none.csv"),
        ("tr-moh", tmp_path),
        ("tr-moh", Path("\0")),
        ("excel", tmp_path),
    ):
        with pytest.raises(RegisterUnreadable):
            await import_register(register, path)


async def test_a_stray_quote_costs_its_row_and_no_other(tmp_path: Path) -> None:
    path = written(
        tmp_path, TR, '"Tırnak" Hastanesi,Devlet Hastanesi,TR,01,Adana,Kozan,MoH,',
        tr("Tırnaksız Hastanesi"),
    )  # fmt: skip
    report = await import_register("tr-moh", path)
    assert report.taken == 1
    assert [line for line, _ in report.skipped] == [2]


async def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + TR.encode(), tr("İmzalı Hastanesi"))
    assert (await import_register("tr-moh", path)).taken == 1


@transactional
async def towns_without_position(actor: Actor) -> set[str]:
    """Return the towns of register facilities that could not be placed on a map."""
    rows = await connection().fetch(
        "SELECT DISTINCT city FROM facility WHERE latitude IS NULL AND register_gone_at IS NULL"
        " AND source IN ('tr-moh', 'hu-neak', 'ror')"
    )
    return {row["city"] for row in rows}


async def test_only_quarters_and_hamlets_of_the_registers_stay_without_a_position(
    register_data: Path,
) -> None:
    for register, (name, _, _) in FILES.items():
        await import_register(register, register_data / "facilities" / name)
    assert await towns_without_position(SYSTEM) == {
        "Farkasgyepű", "Kovácsszénája", "Majosháza", "Mátraháza", "Parádfürdő",
        "Pomáz-Kiskovácsi", "Siklós-Máriagyűd",
    }  # fmt: skip
