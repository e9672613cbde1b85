"""Bringing specialties, treatments, listing rules and rates to what this release ships."""

import hashlib
from pathlib import Path
from typing import Annotated

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import reference as credentials
from domain.db import connection, transactional
from domain.facilities import service as facilities
from domain.ids import new_id
from domain.rates import service as rates
from domain.scripts import kazakh_latin, uzbek_cyrillic
from domain.text import FOLDING_VERSION, fold

FOLDER = Path(__file__).parent / "reference"
SOURCE = "shifayol-reference"
_SET = "catalogue"
_ELSEWHERE = (credentials.reference_bytes, rates.reference_bytes, facilities.reference_bytes)

Days = Annotated[int, msgspec.Meta(ge=0)]


class _Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    preferred: str
    synonyms: list[str] = []
    lay: list[str] = []


class _Treatment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    duration_minutes: int
    stay_nights: Days
    fit_to_fly_days: Days
    follow_up_days: list[Days]
    self_referral: bool
    restricted_in: list[str]
    indications: list[str]
    record_categories: list[str]
    names: dict[str, _Terms]


_SISTERS = (("kk", "kk-Latn", kazakh_latin), ("uz", "uz-Cyrl", uzbek_cyrillic))


def in_both_scripts(names: dict[str, _Terms]) -> dict[str, _Terms]:
    """Return names with those of a sister script, derived where the file does not write them."""
    derived = {
        sister: _Terms(
            preferred=write(names[language].preferred),
            synonyms=[write(text) for text in names[language].synonyms],
            lay=[write(text) for text in names[language].lay],
        )
        for language, sister, write in _SISTERS
    }
    return derived | names


class _Specialty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    names: dict[str, str]
    lay: dict[str, list[str]] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    specialty: _Specialty
    treatments: list[_Treatment]


def read_file(content: bytes) -> _File:
    """Return one file of the reference catalogue with every name in every script."""
    file = msgspec.json.decode(content, type=_File)
    names = {
        sister: write(file.specialty.names[language]) for language, sister, write in _SISTERS
    } | file.specialty.names
    lay = {
        sister: [write(text) for text in file.specialty.lay.get(language, [])]
        for language, sister, write in _SISTERS
    } | file.specialty.lay
    return _File(
        _Specialty(file.specialty.code, names, lay),
        [msgspec.structs.replace(t, names=in_both_scripts(t.names)) for t in file.treatments],
    )


@transactional
async def load_reference(actor: Actor) -> bool:
    """Load what this release ships, run as the system; return whether anything had changed.

    Run again it does nothing: the hash of the content and of the folding is stored with it. A
    treatment that is no longer shipped stays, since offers may name it.
    """
    contents = [path.read_bytes() for path in sorted(FOLDER.glob("*.json"))]
    digest = hashlib.sha256(f"folding {FOLDING_VERSION}".encode())
    for content in (*contents, *(each() for each in _ELSEWHERE)):
        digest.update(hashlib.sha256(content).digest())
    db = connection()
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('reference', 7))")
    if digest.digest() == await db.fetchval(
        "SELECT content_hash FROM reference_set WHERE name = $1", _SET
    ):
        return False
    await rates.load_reference(actor)
    await credentials.load_reference(actor)
    await facilities.load_reference(actor)
    for content in contents:
        await _load(read_file(content))
    await db.execute(
        "INSERT INTO reference_set (name, content_hash, loaded_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (name) DO UPDATE SET content_hash = excluded.content_hash,"
        " loaded_at = excluded.loaded_at",
        _SET, digest.digest(), utc_now(),
    )  # fmt: skip
    return True


async def _load(file: _File) -> None:
    db, specialty = connection(), file.specialty
    await db.execute(
        "INSERT INTO specialty (code, names) VALUES ($1, $2)"
        " ON CONFLICT (code) DO UPDATE SET names = excluded.names",
        specialty.code, msgspec.json.encode(specialty.names).decode(),
    )  # fmt: skip
    await db.execute("DELETE FROM specialty_name WHERE specialty_code = $1", specialty.code)
    await db.executemany(
        "INSERT INTO specialty_name (id, specialty_code, language, text, folded)"
        " VALUES ($1, $2, $3, $4, $5)",
        [
            (new_id(), specialty.code, language, text, fold(text))
            for language, name in specialty.names.items()
            for text in (name, *specialty.lay.get(language, []))
        ],
    )
    await db.executemany(
        "INSERT INTO treatment (code, specialty_code, duration_minutes, stay_nights,"
        " fit_to_fly_days, follow_up_days, self_referral, restricted_in, indications,"
        " record_categories, names) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (code) DO UPDATE SET specialty_code = excluded.specialty_code,"
        " duration_minutes = excluded.duration_minutes, stay_nights = excluded.stay_nights,"
        " fit_to_fly_days = excluded.fit_to_fly_days, follow_up_days = excluded.follow_up_days,"
        " self_referral = excluded.self_referral, restricted_in = excluded.restricted_in,"
        " indications = excluded.indications, record_categories = excluded.record_categories,"
        " names = excluded.names",
        [
            (
                t.code, specialty.code, t.duration_minutes, t.stay_nights, t.fit_to_fly_days,
                t.follow_up_days, t.self_referral, t.restricted_in, t.indications,
                t.record_categories,
                msgspec.json.encode({k: v.preferred for k, v in t.names.items()}).decode(),
            )
            for t in file.treatments
        ],
    )  # fmt: skip
    await db.execute(
        "DELETE FROM treatment_name WHERE treatment_code = ANY($1) AND source = $2",
        [t.code for t in file.treatments], SOURCE,
    )  # fmt: skip
    await db.executemany(
        "INSERT INTO treatment_name (id, treatment_code, language, kind, text, folded, source,"
        " reviewed) VALUES ($1, $2, $3, $4, $5, $6, $7, false)",
        [
            (new_id(), t.code, language, kind, text, fold(text), SOURCE)
            for t in file.treatments
            for language, terms in t.names.items()
            for kind, texts in (
                ("preferred", [terms.preferred]),
                ("synonym", terms.synonyms),
                ("lay", terms.lay),
            )
            for text in texts
        ],
    )
