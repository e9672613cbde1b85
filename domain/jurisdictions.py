"""The states of the network: members, observers, their zones, currencies and languages."""

from enum import StrEnum

import msgspec

from domain.errors import Invalid
from domain.money import Currency


class UnknownJurisdiction(Invalid):
    """The code names no member or observer."""

    code = "unknown_jurisdiction"
    title = "This is not a state of the network"


class Standing(StrEnum):
    """How a state belongs to the Organization of Turkic States."""

    MEMBER = "member"
    OBSERVER = "observer"


class Jurisdiction(msgspec.Struct, frozen=True):
    """One health authority's territory.

    `code` is ISO 3166-1 alpha-2, but for Northern Cyprus, which has none: XN is ours, and
    `message_code` is what banks and FHIR messages carry instead. `zone` is the IANA zone of the
    capital; `languages` are BCP 47 tags, the official one first.
    """

    code: str
    standing: Standing
    zone: str
    currency: Currency
    languages: tuple[str, ...]
    emergency_number: str
    authority: str

    @property
    def message_code(self) -> str:
        """Return the ISO 3166-1 code to use in messages to banks and registries."""
        return "TR" if self.code == "XN" else self.code


_M, _O = Standing.MEMBER, Standing.OBSERVER
JURISDICTIONS: dict[str, Jurisdiction] = {
    j.code: j
    for j in (
        Jurisdiction(
            "AZ", _M, "Asia/Baku", Currency.AZN, ("az", "ru"), "103",
            "Ministry of Health of the Republic of Azerbaijan",
        ),
        Jurisdiction(
            "KZ", _M, "Asia/Almaty", Currency.KZT, ("kk", "kk-Latn", "ru"), "103",
            "Ministry of Healthcare of the Republic of Kazakhstan",
        ),
        Jurisdiction(
            "KG", _M, "Asia/Bishkek", Currency.KGS, ("ky", "ru"), "103",
            "Ministry of Health of the Kyrgyz Republic",
        ),
        Jurisdiction(
            "TR", _M, "Europe/Istanbul", Currency.TRY, ("tr",), "112",
            "Ministry of Health of the Republic of Türkiye",
        ),
        Jurisdiction(
            "UZ", _M, "Asia/Tashkent", Currency.UZS, ("uz", "uz-Cyrl", "ru"), "103",
            "Ministry of Health of the Republic of Uzbekistan",
        ),
        Jurisdiction(
            "HU", _O, "Europe/Budapest", Currency.HUF, ("hu",), "112",
            "National Directorate General for Hospitals",
        ),
        Jurisdiction(
            "TM", _O, "Asia/Ashgabat", Currency.TMT, ("tk", "ru"), "03",
            "Ministry of Health and Medical Industry of Turkmenistan",
        ),
        Jurisdiction(
            "XN", _O, "Asia/Famagusta", Currency.TRY, ("tr",), "112",
            "Ministry of Health of Northern Cyprus",
        ),
    )
}  # fmt: skip

LANGUAGES = ("en", "tr", "az", "kk", "kk-Latn", "ky", "uz", "uz-Cyrl", "ru", "hu", "tk")
"""The languages and scripts (BCP 47) in which the catalogue speaks."""


def jurisdiction(code: str) -> Jurisdiction:
    """Return the jurisdiction of that code; raises UnknownJurisdiction."""
    try:
        return JURISDICTIONS[code]
    except KeyError:
        raise UnknownJurisdiction(state=code) from None
