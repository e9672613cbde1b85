"""Whatever is decided in whatever order: the windows that SQL computes are those of the rules.

A model in Python makes the same moves as the services and says, second by second, what a facility
may offer; `listing_during` and the stored windows must say the same.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actor import SYSTEM, Actor
from domain.credentials import appeals, decisions, renewals, service
from domain.credentials.proceeding_types import (
    AppealDecision,
    AppealOutcome,
    DecideAppeal,
    FileRenewal,
    LiftStay,
    StayDecision,
)
from domain.credentials.types import (
    AppealStatus,
    CredentialKind,
    CredentialView,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
)
from domain.db import connection, transactional
from tests.factories import directory
from tests.factories.directory import officer, staff, today

pytestmark = pytest.mark.usefixtures("catalogue")

ISTANBUL = ZoneInfo("Europe/Istanbul")
LONG_AGO, NEVER = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
RULE_SINCE = datetime(2025, 4, 25, 21, tzinfo=UTC)
SPARED_UNTIL = datetime(2026, 4, 25, 21, tzinfo=UTC)
LICENCE, TOURISM, ACCREDITATION = KINDS = (
    CredentialKind.LICENCE,
    CredentialKind.HEALTH_TOURISM_AUTHORISATION,
    CredentialKind.QUALITY_ACCREDITATION,
)
QUESTIONS = [(None, None), ("dentistry", "dental-implant"), ("ophthalmology", "cataract-surgery")]

Window = tuple[datetime, datetime]


class _Undo(Exception):
    pass


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ISTANBUL).astimezone(UTC)


class Decision(msgspec.Struct):
    """A suspension or a revocation, with what it replaced."""

    revoked: bool
    since: datetime
    codes: frozenset[str]
    stayed: bool = False
    stay_until: datetime | None = None

    def cuts(self, codes: set[str | None]) -> datetime | None:
        """Return from when it takes these codes from the credential, or None."""
        if self.codes and not self.codes & codes:
            return None
        if self.stayed:
            return None if self.stay_until is None else max(self.since, self.stay_until)
        return self.since


class Model(msgspec.Struct):
    """A credential as the rules would have it."""

    first: date
    last: date
    codes: frozenset[str]
    decided: list[Decision] = []
    renewed: bool = False
    conditions_until: date | None = None

    def covers(self, codes: set[str | None], renewals: bool = False) -> list[Window]:
        """Return when it covers these codes."""
        return self.holds(codes, renewals) if not self.codes or self.codes & codes else []

    def holds(self, codes: set[str | None], renewals: bool = False) -> list[Window]:
        """Return when it holds, as far as decisions about these codes go."""
        standing = self.renewed and not self.decided
        ends = NEVER if renewals and standing else midnight(self.last + timedelta(days=1))
        if self.conditions_until is not None:
            ends = min(ends, midnight(self.conditions_until + timedelta(days=1)))
        if self.decided and (cut := self.decided[-1].cuts(codes)) is not None:
            ends = min(ends, cut)
        starts = midnight(self.first)
        return [(starts, ends)] if starts < ends else []


def joined(windows: list[Window]) -> list[Window]:
    """Return the union of windows, as few as possible, in order."""
    found: list[Window] = []
    for starts, ends in sorted(windows):
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        else:
            found.append((starts, ends))
    return found


def common(left: list[Window], right: list[Window]) -> list[Window]:
    """Return where both hold."""
    return joined(
        [
            (max(a, c), min(b, d))
            for a, b in left
            for c, d in right
            if max(a, c) < min(b, d)
        ]
    )  # fmt: skip


class Town(msgspec.Struct):
    """One hospital in Türkiye with three credentials, and its people."""

    facility_id: UUID
    holder: Actor
    views: dict[CredentialKind, CredentialView]
    models: dict[CredentialKind, Model]
    recognition: UUID
    recognised: bool = True

    def listed(self, specialty: str | None, treatment: str | None, renewals: bool) -> list[Window]:
        """Return when the hospital may offer this, by the two versions of the rule."""
        codes = {specialty, treatment}
        held = {kind: model.covers(codes, renewals) for kind, model in self.models.items()}
        if not self.recognised:
            held[ACCREDITATION] = []
        both = common(held[LICENCE], held[TOURISM])
        old = common(both, [(LONG_AGO, RULE_SINCE)])
        # Whoever was authorised before the rule is spared the accreditation for a year.
        before = common(self.models[TOURISM].covers(codes), [(LONG_AGO, RULE_SINCE)])
        spared = [(RULE_SINCE, SPARED_UNTIL)] if before else []
        new = common(both, joined(held[ACCREDITATION] + spared))
        return joined(old + common(new, [(RULE_SINCE, NEVER)]))


async def town(dates: list[tuple[int, int]], scopes: list[frozenset[str]]) -> Town:
    organisation = await directory.employer("TR")
    made = await directory.facility("TR", organisation=organisation)
    for treatment in ("dental-implant", "cataract-surgery"):
        await directory.offer(made.id, treatment)
    accreditor = await directory.accreditor("TR")
    views, models = {}, {}
    for kind, (before, after), codes in zip(KINDS, dates, scopes, strict=True):
        first, last = today() - timedelta(days=before), today() + timedelta(days=after)
        more: dict[str, Any] = {"specialties": sorted(codes & {"dentistry"}),
                                "treatments": sorted(codes - {"dentistry"})}  # fmt: skip
        if kind is ACCREDITATION:
            more |= {"accreditor_id": accreditor, "body": None}
        views[kind] = await directory.credential(
            made.id, "TR", kind, valid_from=first, valid_to=last, **more
        )
        models[kind] = Model(first, last, codes)
    found = await connection().fetchval(
        "SELECT id FROM accreditor_recognition WHERE accreditor_id = $1", accreditor
    )
    return Town(made.id, staff(organisation), views, models, found)


def open_moves(view: CredentialView, model: Model) -> list[str]:
    """Name the moves that the rules admit now."""
    decision = model.decided[-1] if model.decided else None
    if decision is None:
        found = ["suspend", "revoke"]
        found += [] if model.renewed else ["conditions", "renew"]
        return found + ([] if model.conditions_until is None else ["unconditional"])
    found = [] if decision.revoked else ["revoke", "reinstate"]
    if view.appeal is AppealStatus.FILED:
        found += ["withdraw", "uphold", "overturn", "lift" if view.stayed else "stay"]
    elif view.appeal in (None, AppealStatus.WITHDRAWN, AppealStatus.LAPSED):
        found += ["appeal"]
    return found


async def make_move(place: Town, kind: CredentialKind, pick: int, days: int, codes: Any) -> None:
    """Make one of the open moves with the services, and in the model."""
    view, model = place.views[kind], place.models[kind]
    decision = model.decided[-1] if model.decided else None
    if not (possible := open_moves(view, model)):
        return
    name = possible[pick % len(possible)]
    later = datetime.now(UTC) + timedelta(days=days)

    async def done(
        operation: Callable[..., Awaitable[CredentialView]], command: object = None,
        actor: Actor | None = None,
    ) -> CredentialView:  # fmt: skip
        given = () if command is None else (command,)
        version = place.views[kind].version
        made = await operation(actor or officer("TR"), view.id, *given, version=version)
        place.views[kind] = made
        return made

    if name == "suspend":
        command = SuspendCredential(
            reason="Points are open", effective_at=later if days % 2 else None,
            specialties=[c for c in codes if c == "dentistry"],
            treatments=[c for c in codes if c != "dentistry"],
        )  # fmt: skip
        after = await done(decisions.suspend_credential, command)
        assert after.status_effective_at is not None
        model.decided.append(Decision(False, after.status_effective_at, codes))
    elif name == "revoke":
        wanted = later if days % 2 else datetime.now(UTC)
        if decision is not None and not decision.codes:
            wanted = min(wanted, decision.cuts(set()) or wanted)
        command = RevokeCredential(reason="It is over", effective_at=later if days % 2 else None)
        after = await done(decisions.revoke_credential, command)
        assert after.status_effective_at is not None
        assert abs(after.status_effective_at - wanted) < timedelta(seconds=5)
        model.decided.append(Decision(True, after.status_effective_at, frozenset()))
    elif name == "reinstate":
        await done(decisions.reinstate_credential, ReinstateCredential(reason="All is well"))
        model.decided.pop()
    elif name == "appeal":
        grounds = AppealDecision(grounds="The points were closed in time.")
        await done(appeals.appeal_decision, grounds, place.holder)
    elif name == "stay" and decision is not None:
        until = later if days % 2 else None
        await done(appeals.stay_decision, StayDecision(reason="It stands", until=until))
        decision.stayed, decision.stay_until = True, until
    elif name in ("withdraw", "lift", "uphold", "overturn") and decision is not None:
        if name == "withdraw":
            after = await done(appeals.withdraw_appeal, actor=place.holder)
        elif name == "lift":
            after = await done(appeals.lift_stay, LiftStay(reason="It is clear"))
        else:
            outcome = {"uphold": AppealOutcome.UPHELD, "overturn": AppealOutcome.OVERTURNED}[name]
            judged = DecideAppeal(outcome=outcome, reason="So it is")
            after = await done(appeals.decide_appeal, judged)
        if name == "overturn":
            model.decided.pop()
            if model.decided:
                # What a revocation replaced lost its stay with its appeal.
                model.decided[-1].stayed, model.decided[-1].stay_until = False, None
        elif view.stayed:
            decision.stay_until = after.stay_until
            assert after.stay_until is not None and not after.stayed
    elif name == "conditions":
        until = min(today() + timedelta(days=days + 1), model.last)
        await done(
            decisions.impose_conditions, ImposeConditions(conditions="One more bed", until=until)
        )
        model.conditions_until = until
    elif name == "unconditional":
        await done(decisions.lift_conditions, LiftConditions(reason="It is there"))
        model.conditions_until = None
    else:
        renewal = FileRenewal(reference_number="R", evidence_sha256="ab" * 32)
        await done(renewals.file_renewal, renewal, place.holder)
        await done(renewals.acknowledge_renewal)
        model.renewed = True


@transactional
async def played(
    actor: Actor,
    dates: list[tuple[int, int]],
    scopes: list[frozenset[str]],
    moves: list[tuple[CredentialKind, int, int, frozenset[str]]],
    recognised: bool,
) -> None:
    place = await town(dates, scopes)
    for kind, pick, days, codes in moves:
        await make_move(place, kind, pick, days, codes)
        await compare(place)
    if not recognised:
        await connection().execute(
            "UPDATE accreditor_recognition SET recognised_from = $2 WHERE id = $1",
            place.recognition, today(),
        )  # fmt: skip
        place.recognised = False
        await compare(place)
    raise _Undo


async def compare(place: Town) -> None:
    """Hold everything that SQL says of the hospital against the model."""
    for specialty, treatment in QUESTIONS:
        for open_renewals in (False, True):
            rows = await connection().fetch(
                "SELECT coalesce(lower(r), $5) AS since, coalesce(upper(r), $6) AS until"
                " FROM unnest(listing_during($1, $2, $3, $4)) r",
                place.facility_id, specialty, treatment, open_renewals, LONG_AGO, NEVER,
            )  # fmt: skip
            told = [(row["since"], row["until"]) for row in rows]
            wanted = place.listed(specialty, treatment, open_renewals)
            assert told == wanted, (specialty, treatment, open_renewals)
    now = datetime.now(UTC)
    for kind, view in place.views.items():
        shown = await service.show_credential(SYSTEM, view.id)
        counts = place.recognised or kind is not ACCREDITATION
        holding = any(a <= now < b for a, b in place.models[kind].holds(set()))
        assert shown.valid_now is (counts and holding), kind
    stored = await connection().fetch(
        "SELECT specialty_code, treatment_code, d.days, listed_during"
        " @> clock_timestamp() + d.days * interval '1 day' AS listed"
        " FROM offer, generate_series(0, 90, 15) d(days) WHERE facility_id = $1",
        place.facility_id,
    )
    for row in stored:
        at = now + timedelta(days=row["days"])
        windows = place.listed(row["specialty_code"], row["treatment_code"], False)
        assert row["listed"] is any(a <= at < b for a, b in windows), row


CODES = st.frozensets(st.sampled_from(["dentistry", "cataract-surgery"]), max_size=1)
PICKS, DAYS = st.integers(0, 59), st.integers(0, 60)


@st.composite
def sequences(draw: Any) -> list[tuple[CredentialKind, int, int, frozenset[str]]]:
    """Many moves of one credential, as appeals come about, and some of the others."""
    busy = draw(st.sampled_from(KINDS))
    kinds = st.sampled_from([busy, busy, busy, *KINDS])
    return draw(st.lists(st.tuples(kinds, PICKS, DAYS, CODES), min_size=4, max_size=14))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    dates=st.lists(
        st.tuples(st.integers(1, 900), st.integers(1, 90)), min_size=3, max_size=3
    ),
    scopes=st.lists(CODES, min_size=3, max_size=3),
    moves=sequences(),
    recognised=st.booleans(),
)  # fmt: skip
async def test_any_sequence_of_moves_lists_what_the_rules_say(
    dates: list[tuple[int, int]],
    scopes: list[frozenset[str]],
    moves: list[tuple[CredentialKind, int, int, frozenset[str]]],
    recognised: bool,
) -> None:
    with pytest.raises(_Undo):
        await played(SYSTEM, dates, scopes, moves, recognised)
