"""Examples of searches, of what they find, and of those that are kept."""

from api.examples.market import KNEE, ORTHOPAEDICS
from api.examples.values import FACILITY, OFFER, at, eur, example_id
from api.saved_searches.routes import FindList, SavedSearchList
from api.search.routes import States
from domain.catalogue.types import OfferMode
from domain.facilities.types import PositionOf
from domain.jurisdictions import Standing
from domain.money import Currency
from domain.saved_searches.types import Find, NewsKind, SavedSearchView, SaveSearch, Wanted
from domain.search.types import (
    ComparedPrice,
    FacetCount,
    FoundFacility,
    How,
    Match,
    OfferItem,
    OfferPage,
    StateView,
    Suggestion,
    Suggestions,
    Why,
)

_FOUND = OfferItem(
    id=OFFER,
    version=2,
    treatment=KNEE,
    specialty=ORTHOPAEDICS,
    facility=FoundFacility(
        FACILITY, "Erguvan Yolu Hospital", "Istanbul", "TR", PositionOf.SITE, False
    ),
    price=eur(540_000),
    price_compared=ComparedPrice(540_000, Currency.EUR, "2027-02"),
    deposit=eur(54_000),
    mode=OfferMode.INSTANT,
    languages=["tr", "kk", "ru"],
    inclusions=["interpreter", "transfer"],
    accredited=True,
    earliest_at=at("2027-03-09"),
    rating=4.6,
    distance_km=7.4,
    demo=False,
    why=Why(Match("treatment", "diz protezi", How.EXACT_NAME), ["match", "price", "id"]),
)
_SUGGESTION = Suggestion("treatment", "knee_replacement", "Knee replacement")
_WANTED = Wanted(q="diz protezi", state=["TR", "HU"], price_max=600_000, currency=Currency.EUR)
_KEPT = SavedSearchView(example_id(71), _WANTED, True, at("2027-02-02"), 1)
_FIND = Find(NewsKind.CHEAPER, at("2027-02-03"), True, _FOUND)

EXAMPLES = (
    OfferPage(
        [_FOUND], None, 1, {"state": [FacetCount("TR", 1, "Türkiye")]}, "2027-02", None, None
    ),
    Suggestions([_SUGGESTION]),
    States(
        [
            StateView(
                "KZ",
                "Kazakhstan",
                Standing.MEMBER,
                "Asia/Almaty",
                Currency.KZT,
                ["kk", "ru"],
                "103",
                "Ministry of Healthcare of the Republic of Kazakhstan",
            )
        ]
    ),
    SaveSearch(query=_WANTED),
    _KEPT,
    SavedSearchList([_KEPT]),
    FindList([_FIND]),
)
