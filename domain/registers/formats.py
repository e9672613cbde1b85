"""The three public registers: which columns they have and what a row of each says."""

import functools
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from domain.errors import DomainError
from domain.facilities.service import require_valid
from domain.facilities.types import CreateFacility, FacilityKind
from domain.jurisdictions import JURISDICTIONS, LANGUAGES
from domain.registers.types import Entry, RegisterFormat
from domain.text import clean, fold_words

Row = dict[str, str]


class RowRefused(Exception):
    """A row cannot be taken; the text says why."""


class Register(msgspec.Struct, frozen=True):
    """One register's columns, the states it speaks of, and how a row becomes an entry."""

    header: tuple[str, ...]
    states: frozenset[str]
    read: Callable[[Row], Entry]


_TURKISH_CAPITALS = str.maketrans({"İ": "i", "I": "ı"})


def _stable(text: str) -> str:
    """Spell a text so that case, blanks and the form of Unicode make no second facility.

    Independent of the search's folding, which may change where a key must not.
    """
    normal = unicodedata.normalize("NFKC", text).translate(_TURKISH_CAPITALS).lower()
    return " ".join(normal.split()).replace("|", "/")


def _facility(**values: object) -> CreateFacility:
    for field, label in (("name", "name"), ("city", "city")):
        if not clean(str(values[field] or "")):
            raise RowRefused(f"no {label}")
    try:
        command = msgspec.convert(
            {name: value for name, value in values.items() if value is not None}, CreateFacility
        )
        require_valid(command)
    except msgspec.ValidationError as error:
        raise RowRefused(str(error)) from None
    except DomainError as error:
        raise RowRefused(error.title) from None
    return command


_TR_KINDS = {
    "Ağız ve Diş Sağlığı Merkezi": FacilityKind.DENTAL_CLINIC,
    "Ağız ve Diş Sağlığı Hastanesi": FacilityKind.DENTAL_CLINIC,
    "Özel Diş Hastanesi": FacilityKind.DENTAL_CLINIC,
    "Özel Tıp Merkezi": FacilityKind.CLINIC,
    "Diyaliz Merkezi": FacilityKind.DIALYSIS,
}
_TR_HOSPITAL = re.compile(r"\bHastane(si)?$")


def _read_tr(row: Row) -> Entry:
    kind = _TR_KINDS.get(row["type"])
    if kind is None and _TR_HOSPITAL.search(row["type"]):
        kind = FacilityKind.HOSPITAL
    if row["country"] != "TR":
        raise RowRefused(f"unknown country {row['country'][:20]!r}")
    if kind is None:
        raise RowRefused(f"unknown kind {row['type'][:60]!r}")
    command = _facility(
        jurisdiction="TR",
        kind=kind,
        name=row["name"],
        names={"tr": row["name"]},
        city=row["province"],
        zone="Europe/Istanbul",
        address=", ".join(part for part in (row["district"], row["province"]) if part),
    )
    key = "|".join(_stable(row[column]) for column in ("name", "province", "district"))
    return Entry(key, command)


_NEAK_CODE = re.compile(r"[0-9A-Z]{4}")


def _read_hu(row: Row) -> Entry:
    if not _NEAK_CODE.fullmatch(row["neak_code"]):
        raise RowRefused(f"not a NEAK code: {row['neak_code'][:20]!r}")
    street = ", ".join(part for part in (row["city"], row["address"]) if part)
    command = _facility(
        jurisdiction="HU",
        kind=FacilityKind.HOSPITAL,
        name=row["institution"],
        names={"hu": row["institution"]},
        city=row["city"],
        zone="Europe/Budapest",
        address=f"{row['postcode']} {street}".strip(),
        phone=row["phone"] or None,
    )
    return Entry(row["neak_code"], command, _specialties(row["specialties"]))


class _Specialty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One specialty of the insurance fund's list, and which of ours it is, if any."""

    code: str
    name: str
    specialty: str | None


@functools.cache
def hungarian_specialties() -> dict[str, str | None]:
    """Return which of our specialties each name of the insurance fund's list means, if any.

    Chronic, children's and rehabilitating departments of a field are that field, or paediatrics
    or rehabilitation where the list puts them; nursing, intensive and emergency care are none.
    """
    raw = (Path(__file__).parent / "reference" / "hu_specialties.json").read_bytes()
    return {each.name: each.specialty for each in msgspec.json.decode(raw, type=list[_Specialty])}


def _specialties(text: str) -> list[str]:
    """Return our specialties of a department list, each once; what is none of ours is left out."""
    known = hungarian_specialties()
    return sorted({found for name in text.split("|") if (found := known.get(name.strip()))})


_ROR_ID = re.compile(r"https://ror\.org/0[0-9a-hj-km-np-tv-z]{6}[0-9]{2}")
_HOSPITAL_WORDS = frozenset(
    word
    for text in (
        "hospital hospitals hastane hastanesi hastaneleri xəstəxana xəstəxanası kasalxona"
        " kasalxonasi аурухана ауруханасы оорукана больница госпиталь kórház kórháza"
        " hassahana hassahanasy",
    )
    for word in fold_words(text)
)


def _read_ror(row: Row) -> Entry:
    if row["status"] != "active":
        raise RowRefused(f"not active: its status is {row['status'][:20]!r}")
    if row["kind"] != "healthcare":
        raise RowRefused(f"not a hospital or clinic: its kind is {row['kind'][:40]!r}")
    if row["country"] not in JURISDICTIONS:
        raise RowRefused(f"unknown country {row['country'][:20]!r}")
    if not _ROR_ID.fullmatch(row["ror_id"]):
        raise RowRefused(f"not a ROR id: {row['ror_id'][:60]!r}")
    names = _ror_names(row["names_by_lang_json"])
    words = {word for text in (row["display_name"], *names.values()) for word in fold_words(text)}
    command = _facility(
        jurisdiction=row["country"],
        kind=FacilityKind.HOSPITAL if words & _HOSPITAL_WORDS else FacilityKind.OTHER,
        name=row["display_name"],
        names=names,
        city=row["city"],
        zone=JURISDICTIONS[row["country"]].zone,
        website=_website(row["website"]),
    )
    return Entry(row["ror_id"], command)


def _ror_names(text: str) -> dict[str, str]:
    try:
        by_language = msgspec.json.decode(text or "{}", type=dict[str, list[str]])
    except msgspec.MsgspecError:
        raise RowRefused("its names are not readable") from None
    return {
        language: clean(found[0])
        for language, found in by_language.items()
        if language in LANGUAGES and found and len(clean(found[0])) > 1
    }


def _website(text: str) -> str | None:
    """Return an address a browser may be sent to, or None."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and parts.netloc and len(text) <= 300
    return text if good else None


FORMATS: dict[RegisterFormat, Register] = {
    RegisterFormat.TR_MOH: Register(
        (
            "name", "type", "country", "province_code", "province", "district", "source",
            "source_url",
        ),
        frozenset({"TR"}),
        _read_tr,
    ),
    RegisterFormat.HU_NEAK: Register(
        (
            "neak_code", "institution", "county", "postcode", "city", "address", "phone",
            "departments", "specialties",
        ),
        frozenset({"HU"}),
        _read_hu,
    ),
    RegisterFormat.ROR: Register(
        (
            "ror_id", "country", "city", "lat", "lng", "geonames_id", "display_name",
            "names_by_lang_json", "kind", "ror_types", "status", "website", "wikidata",
            "established",
        ),
        frozenset(JURISDICTIONS),
        _read_ror,
    ),
}  # fmt: skip
