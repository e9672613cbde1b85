"""The three public registers: which columns they have and what a row of each says."""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from domain.errors import DomainError
from domain.facilities.rules import require_valid
from domain.facilities.types import CreateFacility, FacilityKind, RegisterFormat
from domain.jurisdictions import JURISDICTIONS, LANGUAGES
from domain.text import clean, fold_words

Row = dict[str, str]


class RowRefused(Exception):
    """A row cannot be taken; the text says why."""


class Register(msgspec.Struct, frozen=True):
    """One register's columns, and how a row becomes (source key, facility)."""

    header: tuple[str, ...]
    read: Callable[[Row], tuple[str, CreateFacility]]


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


def _read_tr(row: Row) -> tuple[str, CreateFacility]:
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
    return key, command


_NEAK_CODE = re.compile(r"[0-9A-Z]{4}")


def _read_hu(row: Row) -> tuple[str, CreateFacility]:
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
    return row["neak_code"], command


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


def _read_ror(row: Row) -> tuple[str, CreateFacility]:
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
    return row["ror_id"], command


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
        _read_tr,
    ),
    RegisterFormat.HU_NEAK: Register(
        (
            "neak_code", "institution", "county", "postcode", "city", "address", "phone",
            "departments", "specialties",
        ),
        _read_hu,
    ),
    RegisterFormat.ROR: Register(
        (
            "ror_id", "country", "city", "lat", "lng", "geonames_id", "display_name",
            "names_by_lang_json", "kind", "ror_types", "status", "website", "wikidata",
            "established",
        ),
        _read_ror,
    ),
}  # fmt: skip
