"""What people ask: shapes of questions about the invented market, each with endless variations."""

import random
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

import msgspec

from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.money import Currency
from domain.search.types import Facet, OfferQuery, Point, Sort
from tests.bench.places import CITIES

SHOWN = (
    Facet.STATE, Facet.CITY, Facet.SPECIALTY, Facet.PRICE, Facet.EARLIEST, Facet.CREDENTIAL,
    Facet.LANGUAGE, Facet.INCLUSION, Facet.MODE,
)  # fmt: skip
"""The facets of the search page: all but single treatments."""

BROAD = ("implant", "имплант", "operasyon", "операция", "protez", "laser", "transplantation")
_STATES = ("TR", "UZ", "KZ", "AZ", "KG", "HU")


class Questions:
    """Asks with the market's own names; no two questions are the same, for prices differ."""

    def __init__(
        self, names: Sequence[str], specialties: Sequence[str], *, facets: tuple[Facet, ...] = SHOWN
    ) -> None:
        # People type a word or three, not the longest name there is.
        self.names = [name for name in names if len(name.split()) <= 3]
        self._specialties, self._facets = specialties, facets
        self._random = random.Random(3)
        self.shapes: dict[str, Callable[[], OfferQuery]] = {
            "state_and_specialty": self.state_and_specialty,
            "text_by_rating": self.text_by_rating,
            "typo_and_state": self.typo_and_state,
            "every_filter": self.every_filter,
            "by_distance": self.by_distance,
            "broad_word": self.broad_word,
        }

    def mixed(self, *, without: Sequence[str] = ()) -> Iterator[OfferQuery]:
        """Yield questions of all shapes in turn."""
        while True:
            for name, ask in self.shapes.items():
                if name not in without:
                    yield ask()

    def _ask(self, **more: object) -> OfferQuery:
        limit = self._random.randrange(2_000_000, 90_000_000)
        plain = {"price_max": limit, "currency": Currency.EUR, "facets": self._facets}
        return OfferQuery(**{**plain, **more})  # type: ignore[arg-type]

    def _one(self, values: Sequence[str]) -> str:
        return self._random.choice(values)

    def state_and_specialty(self) -> OfferQuery:
        """A country and a specialty."""
        return self._ask(state=(self._one(_STATES),), specialty=(self._one(self._specialties),))

    def text_by_rating(self) -> OfferQuery:
        """A treatment's name, the best rated first."""
        return self._ask(q=self._one(self.names), sort=Sort.RATING)

    def typo_and_state(self) -> OfferQuery:
        """A name with a letter missing, and a country."""
        name = self._one(self.names)
        at = self._random.randrange(len(name))
        return self._ask(q=name[:at] + name[at + 1 :], state=(self._one(_STATES),))

    def every_filter(self) -> OfferQuery:
        """Everything that can be chosen beside words."""
        return self._ask(
            state=("TR", self._one(_STATES[1:])), specialty=(self._one(self._specialties),),
            credential=(CredentialKind.LICENCE,), language=("en", "ru"),
            inclusion=(Inclusion.INTERPRETER, Inclusion.TRANSFER), mode=(OfferMode.INSTANT,),
            price_min=50_000,
        )  # fmt: skip

    def by_distance(self) -> OfferQuery:
        """A specialty, the nearest first."""
        *_, latitude, longitude = self._random.choice(CITIES)
        near = Point(latitude + self._random.random(), longitude)
        return self._ask(near=near, sort=Sort.DISTANCE, specialty=(self._one(self._specialties),))

    def broad_word(self) -> OfferQuery:
        """A word that very many names have."""
        return self._ask(q=self._one(BROAD))


def path_of(query: OfferQuery) -> str:
    """Return the address of a query."""
    default = msgspec.to_builtins(OfferQuery())
    asked = {k: v for k, v in msgspec.to_builtins(query).items() if v != default[k]}
    if query.near is not None:
        asked["near"] = f"{query.near.latitude},{query.near.longitude}"
    return "/v1/offers?" + urlencode(asked, doseq=True)
