"""The languages of the pages: which one a person reads, its messages, and how it writes facts."""

import functools
import gettext
import io
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale
from babel import dates as babel_dates
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, format_decimal, parse_pattern
from litestar import Request

from api.http.languages import accepted_tags, known_tag
from domain.actor import Actor
from domain.jurisdictions import jurisdiction
from domain.money import Money
from domain.scripts import kazakh_latin, uzbek_cyrillic

COOKIE = "__Host-lang"
LOCALES = Path(__file__).parent / "locales"

PAGES = {
    "en": "English", "tr": "Türkçe", "az": "Azərbaycanca", "kk": "Қазақша", "kk-Latn": "Qazaqsha",
    "ky": "Кыргызча", "uz": "Oʻzbekcha", "uz-Cyrl": "Ўзбекча", "ru": "Русский", "hu": "Magyar",
    "tk": "Türkmençe",
}  # fmt: skip
"""The languages and scripts of the pages, each by its own name."""

_SISTERS = {"kk-Latn": ("kk", kazakh_latin), "uz-Cyrl": ("uz", uzbek_cyrillic)}
"""Pages whose messages are those of the other script, written anew letter by letter."""
# What keeps its letters in any script: places to fill, addresses, and names of standards and ours.
_KEPT = re.compile(
    r"(%\(\w+\)[sd]|\{\w*\}|\S+@\S+|https?://\S+"
    r"|Shifayol|\b(?:FHIR|IPS|API|JSON|GDPR|POST|SHA-256|PDF|DICOM|CSV|QR|OAuth|JWK|TOTP|IBAN)\b)"
)


def N_(message: str) -> str:
    """Mark a message that is translated where it is shown."""
    return message


def messages_of(page: str) -> Catalog:
    """Return the messages of a page language, from its .po file or that of its sister script."""
    source, write = _SISTERS.get(page, (page, None))
    with (LOCALES / f"{source}.po").open("rb") as file:
        messages = read_po(file, locale=source)
    if write is not None:
        for message in messages:
            forms = message.string or ""
            message.string = (
                _rewritten(forms, write)
                if isinstance(forms, str)
                else tuple(_rewritten(form, write) for form in forms)
            )
    return messages


def _rewritten(text: str, write: Callable[[str], str]) -> str:
    parts = _KEPT.split(text)
    return "".join(part if place % 2 else write(part) for place, part in enumerate(parts))


@functools.cache
def catalogue(page: str) -> gettext.GNUTranslations:
    """Return the messages of a page language, compiled in memory."""
    messages = messages_of(page)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@functools.cache
def _money_pattern(locale: Locale, *, whole: bool) -> NumberPattern:
    pattern = locale.currency_formats["standard"].pattern
    return parse_pattern(pattern.replace(".00", "") if whole else pattern)


@functools.cache
def _locale(page: str) -> Locale:
    return Locale.parse({"kk-Latn": "kk", "uz-Cyrl": "uz_Cyrl"}.get(page, page))


# A list of offers writes the same amounts and days again and again.
@functools.lru_cache(maxsize=16_384)
def _money(page: str, minor_units: int, code: str) -> str:
    locale, exact = _locale(page), Decimal(minor_units).scaleb(-2)
    pattern = _money_pattern(locale, whole=exact == exact.to_integral_value())
    return str(pattern.apply(exact, locale, currency=code, currency_digits=False))


@functools.lru_cache(maxsize=4_096)
def _day(page: str, day: date, form: str) -> str:
    return babel_dates.format_date(day, form, locale=_locale(page))


class Language(msgspec.Struct, frozen=True):
    """The language and script that one person reads: one of PAGES, by its BCP 47 tag."""

    tag: str

    @property
    def locale(self) -> Locale:
        """Return the CLDR locale by which facts are written."""
        return _locale(self.tag)

    def _written(self, text: str) -> str:
        """Return what CLDR wrote in the letters of the page: it has no Kazakh in Latin ones."""
        return kazakh_latin(text) if self.tag == "kk-Latn" else text

    def gettext(self, message: str) -> str:
        """Return the message in this language."""
        return catalogue(self.tag).gettext(message)

    def ngettext(self, one: str, many: str, number: int, **places: str) -> str:
        """Return the message for so many, with its places filled; `num` is the number."""
        return catalogue(self.tag).ngettext(one, many, number) % {**places, "num": number}

    def money(self, money: Money | Any) -> str:
        """Write an amount; whole amounts without decimals."""
        return _money(self.tag, money.amount, money.currency.value)

    def number(self, number: float | Decimal) -> str:
        """Write a number."""
        return format_decimal(number, locale=self.locale)

    def percent(self, percent: int) -> str:
        """Write a whole percentage."""
        return str(self.locale.percent_formats[None].apply(Decimal(percent) / 100, self.locale))

    def day(self, day: date | datetime, zone: str | None = None, form: str = "long") -> str:
        """Write a day; an instant needs the zone in which it is meant."""
        if isinstance(day, datetime):
            day = day.astimezone(ZoneInfo(zone or "UTC")).date()
        return self._written(_day(self.tag, day, form))

    def date_of(self, at: datetime, zone: str) -> date:
        """Return the day on which an instant falls in a zone."""
        return at.astimezone(ZoneInfo(zone)).date()

    def short_day(self, day: date) -> str:
        """Write the weekday and the day of the month."""
        return self._written(babel_dates.format_skeleton("MMMd", day, locale=self.locale))

    def weekday(self, day: date) -> str:
        """Write the short name of a weekday."""
        return self._written(babel_dates.format_date(day, "ccc", locale=self.locale))

    def weekday_name(self, number: int) -> str:
        """Write the full name of a weekday, counted from Monday as 0."""
        return self._written(self.locale.days["stand-alone"]["wide"][number])

    def month_name(self, number: int) -> str:
        """Write the full name of a month, counted from January as 1."""
        return self._written(self.locale.months["stand-alone"]["wide"][number])

    def weekday_of(self, at: datetime, zone: str) -> str:
        """Write the short name of the weekday on which an instant falls in a zone."""
        return self.weekday(self.date_of(at, zone))

    def time(self, at: datetime, zone: str) -> str:
        """Write what clocks in a zone show."""
        return babel_dates.format_time(at, "HH:mm", tzinfo=ZoneInfo(zone), locale=self.locale)

    def moment(self, at: datetime, zone: str) -> str:
        """Write day and time as calendars and clocks in a zone show them."""
        return f"{self.day(at, zone)}, {self.time(at, zone)}"

    def place_of(self, zone: str) -> str:
        """Write the city whose clock a zone is."""
        city = babel_dates.get_timezone_location(
            ZoneInfo(zone), locale=self.locale, return_city=True
        )
        return self._written(city)

    def state(self, code: str) -> str:
        """Write the name of a state of the network, or of another country."""
        if code == "XN":
            return self.gettext(N_("Northern Cyprus"))
        return self._written(str(self.locale.territories.get(code, code)))

    def enumeration(self, items: Iterable[str]) -> str:
        """Write a list the way sentences of this language do."""
        return format_list(list(items), style="standard", locale=self.locale)

    def language(self, tag: str) -> str:
        """Write the name of a language."""
        name = self.locale.languages.get(tag.replace("-", "_"))
        return self._written(name) if name else PAGES.get(tag, tag)


def of_tag(text: str) -> Language | None:
    """Return the language of a BCP 47 tag as browsers spell it, or None for one we do not speak."""
    tag = known_tag(text)
    return None if tag is None else Language(tag)


def accepted(header: str) -> Language | None:
    """Return the first language of an Accept-Language header that we speak."""
    return of_tag(next(iter(accepted_tags(header)), ""))


def asked_for(request: Request[Any, Any, Any]) -> Language | None:
    """Return the language that `?lang=` names."""
    return of_tag(request.query_params.get("lang") or "")


def language_of(request: Request[Any, Any, Any]) -> Language:
    """Return what this person reads: by ?lang=, else cookie, account, browser, or English."""
    actor = request.state.get("actor")
    account = actor.language if isinstance(actor, Actor) and actor.signed_in else ""
    return (
        asked_for(request)
        or of_tag(request.cookies.get(COOKIE, ""))
        or of_tag(account)
        or accepted(request.headers.get("accept-language", ""))
        or Language("en")
    )


def home_zone(state: str) -> str:
    """Return the zone in which people of a state read a clock."""
    return jurisdiction(state).zone
