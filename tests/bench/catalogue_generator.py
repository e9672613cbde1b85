"""A market of any size for benchmarks: the same seed and day make the same market.

It is skewed as real ones are: few big cities, few popular treatments, prices spread lognormally in
both currencies. Rows go in by COPY with triggers at rest; what triggers would derive is written as
they would (the windows of credentials and listings by their own SQL functions), and
`disagreements` lets the triggers themselves check a sample. What no search reads (the lines and
the history of offers) is left out.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain.actor import SYSTEM
from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.facilities.types import FacilityKind, PositionOf
from domain.jurisdictions import JURISDICTIONS, LANGUAGES
from domain.money import Currency, Money
from domain.rates import service as rates
from domain.text import fold
from tests.bench.places import CITIES, FACILITY_WORDS, QUALIFIERS, SYLLABLES

FACILITIES = 20_000
TREATMENTS = 2_000
CHUNK = 20_000
SMALL_TOWNS = 40
"""Invented towns of a state beside its real cities."""

SAMPLE = 300
_OFFER = (
    "id facility_id treatment_code specialty_code version state city_key mode currency price_minor"
    " price_eur_minor deposit_minor lead_time_hours duration_minutes stay_nights languages"
    " inclusions tiers active demo created_at updated_at listed_during earliest_at rating"
)
_TIERS = '[{"until_hours_before": 168, "refund_percent": 100}]'
_STATES = {"TR": 34, "UZ": 16, "KZ": 16, "AZ": 10, "KG": 8, "HU": 8, "TM": 5, "XN": 3}
_KINDS = {
    FacilityKind.HOSPITAL: 30, FacilityKind.CLINIC: 40, FacilityKind.DENTAL_CLINIC: 20,
    FacilityKind.LABORATORY: 3, FacilityKind.DIALYSIS: 2, FacilityKind.SPA: 5,
}  # fmt: skip

Row = tuple[Any, ...]


class _City(msgspec.Struct, frozen=True):
    state: str
    name: str
    names: dict[str, str]
    key: str
    latitude: float
    longitude: float


class _Place(msgspec.Struct, frozen=True):
    """What an offer takes over from its facility."""

    id: UUID
    city: _City
    kind: FacilityKind
    specialties: list[str]


class Generator:
    """Fills a migrated database that has the reference data; needs the superuser's connection."""

    def __init__(self, connection: asyncpg.Connection, seed: int = 1) -> None:
        self._connection = connection
        self._random = np.random.default_rng(seed)
        self._today = datetime.now(UTC).date()
        self._now = datetime.combine(self._today, datetime.min.time(), UTC)
        self._ids = itertools.count(1)

    async def prepare(self, facilities: int = FACILITIES) -> None:
        """Write treatments, facilities, credentials and listings, with progress on a terminal."""
        with self._progress() as step:
            await self._triggers(at_rest=True)
            self._treatments = await self._vary_treatments(step("treatments", TREATMENTS))
            self._places = await self._facilities(facilities, step("facilities", facilities))
            self._windows = await self._listings(step("listings", facilities))
            await self._triggers(at_rest=False)
        codes = list(itertools.chain(*self._treatments.values()))
        self._usual = {code: float(self._random.lognormal(7.2, 1.0)) for code in codes}
        self._popular = {
            name: np.cumsum(_zipf(len(codes), 0.9)) for name, codes in self._treatments.items()
        }
        self._sizes = self._random.lognormal(0, 1.0, len(self._places))

    async def add_offers(self, count: int) -> None:
        """Write so many more offers; a market may grow between measurements."""
        self._rates = await rates.current_rates(SYSTEM)
        shares = self._sizes / self._sizes.sum()
        with self._progress() as step:
            advance = step("offers", count)
            await self._triggers(at_rest=True)
            for part in _chunks(self._random.choice(len(shares), count, p=shares), CHUNK):
                await self._copy("offer", _OFFER, [self._offer(self._places[n]) for n in part])
                advance(len(part))
            await self._triggers(at_rest=False)
        await self._connection.execute("VACUUM ANALYZE", timeout=600)

    @contextlib.contextmanager
    def _progress(self) -> Iterator[Callable[[str, int], Callable[[int], None]]]:
        columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:

            def step(name: str, total: int) -> Callable[[int], None]:
                task = progress.add_task(name, total=total)
                return lambda done: progress.advance(task, done)

            yield step

    async def _triggers(self, *, at_rest: bool) -> None:
        role = "replica" if at_rest else "origin"
        await self._connection.execute(f"SET session_replication_role = {role}")

    def _id(self) -> UUID:
        """Return the next UUID of version 7, a millisecond for every sixteen."""
        number = next(self._ids)
        milliseconds = 1_700_000_000_000 + number // 16
        low = int(self._random.integers(1 << 62))
        return UUID(int=milliseconds << 80 | 7 << 76 | number % 16 << 64 | 2 << 62 | low)

    def _one(self, weights: dict[Any, int]) -> Any:
        shares = np.fromiter(weights.values(), float)
        return list(weights)[self._random.choice(len(shares), p=shares / shares.sum())]

    def _chance(self, probability: float) -> bool:
        return bool(self._random.random() < probability)

    async def _copy(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        await self._connection.copy_records_to_table(
            table, records=rows, columns=columns.split(), timeout=600
        )

    async def _vary_treatments(self, advance: Callable[[int], None]) -> dict[str, list[str]]:
        """Vary the real treatments to so many; return the codes of each specialty."""
        rows = await self._connection.fetch("SELECT * FROM treatment ORDER BY code")
        names = await self._connection.fetch("SELECT * FROM treatment_name ORDER BY id")
        of_treatment: dict[str, list[Any]] = {}
        for name in names:
            of_treatment.setdefault(name["treatment_code"], []).append(name)
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["specialty_code"], []).append(row["code"])
        made, spoken = [], []
        for number, row in itertools.product(range(len(QUALIFIERS)), rows):
            if len(rows) + len(made) >= TREATMENTS:
                break
            qualifier, code = QUALIFIERS[number], f"{row['code']}-{number}"
            preferred = msgspec.json.decode(row["names"], type=dict[str, str])
            varied = {tag: f"{text} ({_in(qualifier, tag)})" for tag, text in preferred.items()}
            changed = {"code": code, "names": msgspec.json.encode(varied).decode()}
            made.append(tuple((dict(row) | changed).values()))
            for name in of_treatment[row["code"]]:
                text = f"{name['text']} {_in(qualifier, name['language'])}"
                spoken.append((self._id(), code, name["language"], name["kind"], text, fold(text),
                               "bench", False))  # fmt: skip
            found[row["specialty_code"]].append(code)
        await self._copy("treatment", " ".join(rows[0].keys()), made)
        await self._copy(
            "treatment_name", "id treatment_code language kind text folded source reviewed", spoken
        )
        advance(TREATMENTS)
        return found

    def _cities(self) -> dict[str, list[_City]]:
        """Return the cities of each state, the biggest first."""
        found: dict[str, list[_City]] = {state: [] for state in JURISDICTIONS}
        for state, name, other, latitude, longitude in CITIES:
            names = {"ru": other} if other else {}
            found[state].append(_City(state, name, names, fold(name), latitude, longitude))
        for state, cities in found.items():
            real, known = len(cities), {city.key for city in cities}
            while len(cities) < real + SMALL_TOWNS:
                name = "".join(self._random.choice(SYLLABLES, 3)).capitalize()
                near = cities[int(self._random.integers(real))]
                north, east = self._random.normal(0, (0.7, 0.9))
                if fold(name) not in known:
                    known.add(fold(name))
                    cities.append(
                        _City(
                            state, name, {}, fold(name),
                            near.latitude + float(north), near.longitude + float(east),
                        )
                    )  # fmt: skip
        return found

    async def _facilities(self, count: int, advance: Callable[[int], None]) -> list[_Place]:
        cities, specialties = self._cities(), sorted(self._treatments)
        places, rows, names, credentials = [], [], [], []
        for number in range(count):
            state = self._one(_STATES)
            here = cities[state]
            city = here[int(self._random.choice(len(here), p=_zipf(len(here), 1.1)))]
            kind = self._one(_KINDS)
            some = 1 + int(self._random.integers(3))
            if kind is FacilityKind.HOSPITAL:
                some = 4 + int(self._random.integers(8))
            own = list(self._random.choice(specialties, some, replace=False))
            if kind is FacilityKind.DENTAL_CLINIC:
                own = ["dentistry"]
            place = _Place(self._id(), city, kind, own)
            first, second = self._random.choice(FACILITY_WORDS, 2, replace=False)
            name = f"{city.name} {first} {second} {number}"
            position = (
                (city.latitude + float(self._random.normal(0, 0.08)),
                 city.longitude + float(self._random.normal(0, 0.08)), PositionOf.SITE.value)
                if self._chance(0.97) else (None, None, None)
            )  # fmt: skip
            rows.append(
                (place.id, state, kind.value, name, fold(name), "{}", city.name, city.key,
                 msgspec.json.encode(city.names).decode(), JURISDICTIONS[state].zone, *position,
                 list(JURISDICTIONS[state].languages), "own", f"bench-{number}", False, 1,
                 self._now, self._now)
            )  # fmt: skip
            names.append((self._id(), place.id, None, name, fold(name)))
            credentials += self._credentials(place)
            places.append(place)
            if number % 500 == 499:
                advance(500)
        spoken = [
            (self._id(), city.state, city.key, tag, text, fold(text))
            for city in itertools.chain(*cities.values())
            for tag, text in ((None, city.name), *city.names.items())
            if tag is None or fold(text) != city.key
        ]
        await self._copy(
            "facility", "id jurisdiction kind name name_folded names city city_key city_names zone"
            " latitude longitude position_of languages source source_key demo version created_at"
            " updated_at",
            rows,
        )  # fmt: skip
        await self._copy("facility_name", "id facility_id language text folded", names)
        await self._copy("place_name", "id jurisdiction city_key language text folded", spoken)
        await self._copy(
            "credential", "id facility_id kind body specialties treatments certificate_number"
            " issued valid_from valid_to status status_effective_at suspended_specialties"
            " suspended_treatments standing_before verified_by confirmed_by method primary_source"
            " checked_at demo version created_at updated_at",
            credentials,
        )  # fmt: skip
        return places

    def _credentials(self, place: _Place) -> Iterator[Row]:
        """Yield what a facility holds: nearly all a licence, in Türkiye most of the rest too."""
        held = {
            CredentialKind.LICENCE: 0.98,
            CredentialKind.HEALTH_TOURISM_AUTHORISATION: 0.9 if place.city.state == "TR" else 0.1,
            CredentialKind.QUALITY_ACCREDITATION: 0.85 if place.city.state == "TR" else 0.3,
            CredentialKind.PROGRAMME_CERTIFICATION: 0.1,
        }
        for kind, probability in held.items():
            if not self._chance(probability):
                continue
            since = self._today - timedelta(days=int(self._random.integers(30, 1500)))
            until: date | None = self._today + timedelta(days=int(self._random.integers(-40, 1000)))
            if self._chance(0.2):
                until = None
            scope = place.specialties[:2] if kind is not CredentialKind.LICENCE else []
            suspended = self._chance(0.01)
            part = place.specialties[:1] if suspended and self._chance(0.5) else []
            yield (
                self._id(), place.id, kind.value, "A body of the bench",
                scope if self._chance(0.1) else [], [], f"B-{next(self._ids)}", since, since,
                until if until is None or until >= since else since,
                "suspended" if suspended else "active", self._now if suspended else None,
                part, [], '{"status": "active"}' if suspended else None, UUID(int=1), UUID(int=2),
                "registry_page", True, self._now, False, 1, self._now, self._now,
            )  # fmt: skip

    async def _listings(self, advance: Callable[[int], None]) -> dict[tuple[UUID, str], Any]:
        """Store the windows of credentials and facilities; return those of offers by specialty."""
        await self._connection.execute(
            "UPDATE credential c SET valid_during = credential_holds(c, f.zone, NULL, NULL, false)"
            " FROM facility f WHERE f.id = c.facility_id",
            timeout=600,
        )
        await self._connection.execute("ANALYZE facility, credential")
        windows: dict[tuple[UUID, str], Any] = {}
        for chunk in _chunks(self._places, 500):
            ids = [place.id for place in chunk]
            await self._connection.execute(
                "UPDATE facility SET listed_during = present_listing(facility_listing(id))"
                " WHERE id = ANY($1)",
                ids,
            )
            pairs = [(place.id, code) for place in chunk for code in place.specialties]
            # No credential here is limited to a treatment, so the specialty decides.
            rows = await self._connection.fetch(
                "SELECT k.facility, k.specialty, present_listing("
                " listing_during(k.facility, k.specialty, '')) AS listed"
                " FROM unnest($1::uuid[], $2::text[]) k (facility, specialty)",
                [pair[0] for pair in pairs], [pair[1] for pair in pairs],
            )  # fmt: skip
            windows |= {(row["facility"], row["specialty"]): row["listed"] for row in rows}
            advance(len(chunk))
        return windows

    def _offer(self, place: _Place) -> Row:
        draw = self._random.random(24)
        specialty = place.specialties[int(draw[0] * len(place.specialties))]
        chosen = int(np.searchsorted(self._popular[specialty], draw[1]))
        treatment = self._treatments[specialty][chosen]
        currency = Currency.EUR if draw[2] < 0.65 else Currency.USD
        amount = self._usual[treatment] * float(self._random.lognormal(0, 0.35))
        price = Money(max(1, round(amount / 10)) * 1000, currency)
        here = JURISDICTIONS[place.city.state].languages
        spoken = [
            tag for tag, chance in zip(LANGUAGES, draw[3:14], strict=True)
            if tag in here or chance < (0.5 if tag == "en" else 0.3 if tag == "ru" else 0.08)
        ]  # fmt: skip
        return (
            self._id(), place.id, treatment, specialty, 1, place.city.state, place.city.key,
            (OfferMode.INSTANT if draw[14] < 0.6 else OfferMode.ON_REQUEST).value, currency.value,
            price.amount, max(1, self._rates.convert(price, Currency.EUR).amount),
            price.amount // 10, 24, 60, 1, spoken,
            sorted(kind.value for kind, chance in zip(Inclusion, draw[15:21], strict=True)
                   if chance < 0.35),
            _TIERS, bool(draw[21] < 0.98), False, self._now, self._now,
            self._windows[place.id, specialty], self._earliest(draw[22]), self._rating(draw[23]),
        )  # fmt: skip

    def _earliest(self, draw: float) -> datetime | None:
        """Return when an offer is first free: soon for most, unknown for a fifth."""
        if draw > 0.8:
            return None
        return self._now + timedelta(hours=24 + int(-400 * np.log(1 - draw)))

    def _rating(self, draw: float) -> int | None:
        """Return the mean of an offer's reviews, in hundredths; most have none yet."""
        return 500 - int(250 * draw**2) if draw < 0.4 else None


def _in(names: dict[str, str], language: str) -> str:
    return names.get(language) or names["en"]


def _zipf(count: int, exponent: float) -> np.ndarray:
    weights = 1 / np.arange(1, count + 1) ** exponent
    return weights / weights.sum()


def _chunks(items: Any, size: int) -> Iterator[Any]:
    return (items[start : start + size] for start in range(0, len(items), size))


async def disagreements(connection: asyncpg.Connection, sample: int = SAMPLE) -> list[str]:
    """Return which derived columns of a sample the triggers themselves would write otherwise."""
    found = []
    transaction = connection.transaction()
    await transaction.start()
    for table, columns, touch in (
        ("credential", "valid_during", "kind = kind"),
        ("offer", "state, city_key, listed_during", "facility_id = facility_id"),
        ("facility", "listed_during", "kind = kind"),
    ):
        ids = await connection.fetchval(
            f"SELECT array_agg(id) FROM (SELECT id FROM {table} ORDER BY md5(id::text) LIMIT $1) s",
            sample,
        )
        shown = f"SELECT id, {columns} FROM {table} WHERE id = ANY($1) ORDER BY id"
        before = await connection.fetch(shown, ids)
        await connection.execute(f"UPDATE {table} SET {touch} WHERE id = ANY($1)", ids)
        after = await connection.fetch(shown, ids)
        found += [f"{table}: {a} is {b}" for a, b in zip(before, after, strict=True) if a != b]
    await transaction.rollback()
    return found
