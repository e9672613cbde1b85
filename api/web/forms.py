"""Reading forms: what was typed stays beside what is wrong with it."""

import contextlib
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec
from litestar.datastructures import UploadFile

from api.http.authentication import require_same_origin
from api.web import csrf, words
from api.web.languages import N_, Language
from api.web.rendering import PageRequest
from domain.errors import DomainError, Forbidden, NotFound, Unauthenticated
from domain.idempotency.service import Once
from domain.identity.types import Ceremony

_ENDED = ("unauthenticated", "session_ended")
"""Refusals of who is not signed in at all; the others refuse what was typed."""

S = TypeVar("S", bound=msgspec.Struct)

MISSING = N_("Please fill this in.")
UNREADABLE = N_("This does not have the form that is needed here.")


class Form:
    """A form as it was typed, with complaints by field; `problem` concerns it as a whole."""

    def __init__(
        self, language: Language, typed: Mapping[str, list[str]] | None = None,
        files: Mapping[str, bytes] | None = None, file_names: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._language = language
        self.typed = dict(typed or {})
        self.files = dict(files or {})
        self.file_names = dict(file_names or {})
        self.errors: dict[str, str] = {}
        self.problem: words.Problem | None = None

    @property
    def failed(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.errors or self.problem)

    def value(self, name: str, otherwise: str = "") -> str:
        """Return what was typed into a field."""
        found = self.typed.get(name)
        return found[0] if found else otherwise

    def values(self, name: str) -> list[str]:
        """Return everything chosen under one name."""
        return self.typed.get(name, [])

    def checked(self, name: str, value: str = "yes") -> bool:
        """Tell whether a box is ticked."""
        return value in self.values(name)

    def version(self) -> int:
        """Return the version the page acted on; 0, which no row has, when it is unreadable."""
        text = self.value("version")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def complain(self, name: str, message: str) -> None:
        """Note what is wrong with a field, the first complaint only."""
        self.errors.setdefault(name, self._language.gettext(message))

    def refuse(self, error: DomainError) -> None:
        """Note why the marketplace refused; denials are pages of their own and are raised again."""
        if isinstance(error, Unauthenticated) and error.code in _ENDED:
            raise error
        if isinstance(error, NotFound) and not error.fields:
            raise error
        if isinstance(error, Forbidden) and error.code in ("forbidden", "wrong_role"):
            raise error
        self.problem = words.problem(self._language, error)
        for name in error.fields:
            # A part of a command is typed into a field of its own.
            self.errors.setdefault(name.rpartition(".")[2], self.problem.title)

    def once(self, command: msgspec.Struct) -> Once | None:
        """Return the key under which this page's form makes such a thing, however often sent."""
        attempt = self.value("attempt")[:60]
        return Once.of(f"web-{type(command).__name__}-{attempt}", command) if attempt else None

    def minor_units(self, name: str) -> int | None:
        """Read an amount as people write it («1 200,50») into minor units."""
        text = self.value(name)
        if not text:
            return None
        found = minor_units(text)
        if found is None:
            self.complain(name, N_("Write an amount in digits, for example 1200 or 1200.50."))
        return found

    def read(
        self, command: type[S], hints: Mapping[str, str] | None = None, **given: object
    ) -> S | None:
        """Make a command of the fields; `given` are facts that no form decides.

        Every field is checked on its own, so all complaints come at once; `hints` say in a
        person's words what a field needs. Returns None when something is wrong.
        """
        values: dict[str, Any] = dict(given)
        types = typing.get_type_hints(command, include_extras=True)
        for field in msgspec.structs.fields(command):
            if field.name in given:
                continue
            raw = [text for text in self.values(field.name) if text.strip()]
            if not raw:
                if field.required:
                    self.complain(field.name, MISSING)
                continue
            wanted = types[field.name]
            with contextlib.suppress(msgspec.ValidationError):
                values[field.name] = msgspec.convert(raw[0].strip(), wanted, strict=False)
                continue
            with contextlib.suppress(msgspec.ValidationError):
                values[field.name] = msgspec.convert(raw, wanted, strict=False)
                continue
            self.complain(field.name, (hints or {}).get(field.name, UNREADABLE))
        if self.failed:
            return None
        return command(**values)


def minor_units(text: str) -> int | None:
    """Return the minor units of an amount as people write it, or None."""
    plain = "".join(char for char in text if not char.isspace() and char not in "'’\u202f\xa0")
    if "," in plain and "." in plain:
        plain = plain.replace("," if plain.rfind(".") > plain.rfind(",") else ".", "")
    head, mark, tail = plain.replace(",", ".").rpartition(".")
    if mark and len(tail) == 3:  # a point before three digits parts thousands
        plain = (head + tail).replace(".", "")
    try:
        amount = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount < 0 or amount > 9_999_999_999:
        return None
    return int((amount * 100).to_integral_value())


async def read_form(request: PageRequest, language: Language) -> Form:
    """Return a form sent by one of our own pages; raises ForeignOrigin and FormStale."""
    require_same_origin(request)
    typed: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    file_names: dict[str, str] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            files[name] = await value.read()
            file_names[name] = value.filename
        else:
            typed.setdefault(name, []).append(str(value))
    csrf.require_token(request, "".join(typed.pop(csrf.FIELD, [])[:1]))
    return Form(language, typed, files, file_names)


def credential_of(form: Form) -> Ceremony:
    """Return what the browser's passkey answered, or nothing."""
    try:
        return msgspec.json.decode(form.value("credential"), type=Ceremony)
    except msgspec.DecodeError:
        return {}
