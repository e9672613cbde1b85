"""What the pages of credentials share: names of codes, and times as people at a place mean them."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from api.web.forms import Form
from api.web.languages import Language
from domain.actor import Actor
from domain.catalogue import service as catalogue
from domain.clock import from_wall_clock

C = TypeVar("C", bound=msgspec.Struct)

NamesOf = Callable[..., list[str]]


async def code_names(actor: Actor, language: Language) -> NamesOf:
    """Return what names the codes of several lists of specialties and treatments."""
    specialties = await catalogue.list_specialties(actor, language.tag)
    treatments = await catalogue.list_treatments(actor, language.tag)
    names = {each.code: each.name for each in specialties}
    names |= {each.code: each.name for each in treatments}

    def names_of(*lists: Sequence[str]) -> list[str]:
        return [names.get(code, code) for codes in lists for code in codes]

    return names_of


def complete_moments(form: Form, *names: str) -> None:
    """Add the seconds that browsers leave out of a time, where that is what was typed."""
    for name in names:
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", form.value(name)):
            form.typed[name] = [form.value(name) + ":00"]


def local_moment(command: C, zone: str) -> C:
    """Read the moments of a command that have no offset by the clock of a zone."""
    where = ZoneInfo(zone)
    read = {
        name: from_wall_clock(value.date(), value.time(), where) or value
        for name, value in msgspec.structs.asdict(command).items()
        if isinstance(value, datetime) and value.tzinfo is None
    }
    return msgspec.structs.replace(command, **read)
