"""Examples of the API's description: instances of the real types, so that they cannot drift."""

from collections.abc import Iterable

from api.examples import (
    aftercare,
    care,
    catalogue,
    credentials,
    directory,
    factors,
    files,
    identities,
    market,
    people,
    rights,
    searches,
    stays,
    systems,
    telling,
)
from api.examples.directory import REGISTER_FILE
from api.examples.factors import CEREMONY_EXAMPLE
from api.examples.summary import SUMMARY_EXAMPLE


def _by_type(*groups: Iterable[object]) -> dict[type, object]:
    return {type(example): example for group in groups for example in group}


EXAMPLES = _by_type(
    people.EXAMPLES,
    factors.EXAMPLES,
    market.EXAMPLES,
    searches.EXAMPLES,
    catalogue.EXAMPLES,
    directory.EXAMPLES,
    credentials.EXAMPLES,
    care.EXAMPLES,
    stays.EXAMPLES,
    aftercare.EXAMPLES,
    files.EXAMPLES,
    rights.EXAMPLES,
    identities.EXAMPLES,
    systems.EXAMPLES,
    telling.EXAMPLES,
)
"""One example of every body that is sent or answered, by its type."""

__all__ = ["CEREMONY_EXAMPLE", "EXAMPLES", "REGISTER_FILE", "SUMMARY_EXAMPLE"]
