"""Reading a document that a stranger made: JSON within limits, every fault a named refusal."""

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec

from domain.records.errors import UnreadableDocument

LARGEST = 16 * 1024 * 1024
MOST_PARTS = 2_000_000
"""Braces, brackets and commas: an empty object of two bytes costs thirty times that in memory."""
DEEPEST = 64
LONGEST_NUMBER = 40
LONGEST_INTEGER = 18
_BAD_TEXT = re.compile("[\\x00\\ud800-\\udfff]")
_ENCODER = msgspec.json.Encoder(decimal_format="number")

Node = dict[str, Any]


class _Unsafe(ValueError):
    """A part that a careful reader does not accept; the text says which."""


def read_json(raw: bytes) -> Any:
    """Return the document, decimals exact; raises UnreadableDocument.

    Refused: other encodings than UTF-8, a name twice in one object (RFC 8259 leaves open which
    counts), numbers beyond 18 digits (decimals: 40), NaN, nesting deeper than 64, NUL and half
    surrogate pairs.
    """
    if len(raw) > LARGEST:
        raise _refused("it is larger than 16 MiB")
    if raw.count(b"{") + raw.count(b"[") + raw.count(b",") > MOST_PARTS:
        raise _refused("it has too many parts")
    try:
        document = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except _Unsafe as error:
        raise _refused(str(error)) from None
    except RecursionError:
        raise _refused("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise _refused("it is not UTF-8") from None
    except ValueError:
        raise _refused("it is not JSON") from None
    require_plain(document)
    return document


def write_json(value: Any) -> bytes:
    """Return compact JSON, decimals as they were read."""
    return _ENCODER.encode(value)


def _refused(reason: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{UnreadableDocument.title}: {reason}", fields={"body": reason[:200]}
    )


def _unique(pairs: list[tuple[str, Any]]) -> Node:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _Unsafe(f"the name {twice[:40]!a} stands twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise _Unsafe("it holds a number that is too long")
    return int(text)


def _decimal(text: str) -> Decimal:
    exponent = re.search("[eE]([+-]?[0-9]+)$", text)
    if len(text) > LONGEST_NUMBER or (exponent and abs(int(exponent[1])) > LONGEST_NUMBER):
        raise _Unsafe("it holds a number that is too large or too exact")
    return Decimal(text)


def _constant(text: str) -> Any:
    raise _Unsafe(f"{text} is not a JSON number")


def require_plain(document: Any) -> None:
    """Refuse what cannot be stored as text or is nested too deeply; raises UnreadableDocument."""
    # A stack of our own: the document decides how deep it is, not Python's call stack.
    waiting: list[tuple[Any, int]] = [(document, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise _refused("it is nested too deeply")
        if isinstance(node, dict):
            for name, value in node.items():
                _require_text(name)
                if isinstance(value, str):
                    _require_text(value)
                elif isinstance(value, dict | list):
                    waiting.append((value, depth + 1))
        elif isinstance(node, list):
            for value in node:
                if isinstance(value, str):
                    _require_text(value)
                elif isinstance(value, dict | list):
                    waiting.append((value, depth + 1))
        elif isinstance(node, str):
            _require_text(node)


def _require_text(text: str) -> None:
    if "\0" in text or (not text.isascii() and _BAD_TEXT.search(text)):
        raise _refused("it holds a NUL or half of a surrogate pair")
