"""Appeals: whose they are, who judges them, and what a stay does to a listing."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.credentials import appeals, decisions, service
from domain.credentials.errors import (
    AppealFiled,
    CredentialNotValid,
    ImpossibleDates,
    NoAppealFiled,
    NoSuchCredential,
    OwnDecision,
    WrongState,
)
from domain.credentials.proceeding_types import (
    AppealDecision,
    AppealOutcome,
    DecideAppeal,
    LiftStay,
    StayDecision,
)
from domain.credentials.types import (
    AppealStatus,
    CredentialStatus,
    CredentialView,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
)
from domain.errors import Forbidden, StaleVersion, Unauthenticated
from domain.ids import new_id
from tests.factories import directory
from tests.factories.desk import one, run
from tests.factories.directory import officer, staff

pytestmark = pytest.mark.usefixtures("catalogue")
GROUNDS = AppealDecision(grounds="The points of the survey were closed in the week after it.")
SUSPEND = SuspendCredential(reason="The survey found open points")
OVERTURN = DecideAppeal(outcome=AppealOutcome.OVERTURNED, reason="They were closed in time")
UPHOLD = DecideAppeal(outcome=AppealOutcome.UPHELD, reason="They are still open")
STAY = StayDecision(reason="The survey has to be repeated")


class Case(msgspec.Struct):
    """A decision, who took it, who else may judge, and whose credential it is."""

    decider: Actor
    judge: Actor
    holder: Actor
    before: CredentialView
    now: CredentialView
    offer_id: object

    async def appealed(self) -> None:
        self.now = await appeals.appeal_decision(
            self.holder, self.now.id, GROUNDS, version=self.now.version
        )

    async def listed(self) -> bool:
        try:
            moment = datetime.now(UTC) + timedelta(days=3)
            await service.require_cover(SYSTEM, self.offer_id, moment)  # type: ignore[arg-type]
        except CredentialNotValid:
            return False
        return True


async def suspended(state: str = "KZ", command: SuspendCredential = SUSPEND) -> Case:
    coordinator = await directory.employer(state)
    made = await directory.facility(state, organisation=coordinator)
    active = await directory.credential(made.id, state)
    offer = await directory.offer(made.id)
    decider = officer(state)
    now = await decisions.suspend_credential(decider, active.id, command, version=active.version)
    return Case(decider, officer(state), staff(coordinator), active, now, offer.id)


async def test_an_overturned_suspension_leaves_no_trace_but_in_the_history() -> None:
    case = await suspended()
    assert not await case.listed()
    await case.appealed()
    assert case.now.appeal is AppealStatus.FILED
    assert case.now.status is CredentialStatus.SUSPENDED
    assert not await case.listed()
    restored = await appeals.decide_appeal(
        case.judge, case.now.id, OVERTURN, version=case.now.version
    )
    same = {"version": restored.version, "updated_at": restored.updated_at}
    assert msgspec.structs.replace(case.before, **same) == restored
    assert await case.listed()
    (told,) = await appeals.list_appeals(case.holder, case.now.id)
    assert (told.status, told.reason) == (AppealStatus.OVERTURNED, "They were closed in time")


async def test_an_overturned_revocation_leads_back_into_the_suspension() -> None:
    case = await suspended(command=SuspendCredential(reason="Points", treatments=["ivf"]))
    was = case.now
    case.now = await decisions.revoke_credential(
        officer(), was.id, RevokeCredential(reason="Nothing was closed"), version=was.version
    )
    assert not await case.listed()
    await case.appealed()
    back = await appeals.decide_appeal(officer(), was.id, OVERTURN, version=case.now.version)
    same = {"version": back.version, "updated_at": back.updated_at}
    assert msgspec.structs.replace(was, **same) == back
    assert await case.listed()
    # Who suspended may not judge the appeal against the suspension, which stands again.
    case.now = back
    await case.appealed()
    with pytest.raises(OwnDecision):
        await appeals.decide_appeal(case.decider, was.id, OVERTURN, version=case.now.version)
    again = await appeals.decide_appeal(case.judge, was.id, OVERTURN, version=case.now.version)
    assert (again.status, again.suspended_treatments) == (CredentialStatus.ACTIVE, [])


async def test_who_decided_does_not_judge_and_the_database_says_so_too() -> None:
    case = await suspended()
    await case.appealed()
    with pytest.raises(OwnDecision):
        await appeals.decide_appeal(case.decider, case.now.id, UPHOLD, version=case.now.version)
    with pytest.raises(OwnDecision):
        await run(
            SYSTEM, "UPDATE credential_appeal SET status = 'upheld', closed_at = now(),"
            " closed_by = against_officer WHERE credential_id = $1", case.now.id,
        )  # fmt: skip
    upheld = await appeals.decide_appeal(case.judge, case.now.id, UPHOLD, version=case.now.version)
    assert (upheld.status, upheld.appeal) == (CredentialStatus.SUSPENDED, AppealStatus.UPHELD)
    # What was judged is judged.
    with pytest.raises(AppealFiled):
        await appeals.appeal_decision(case.holder, upheld.id, GROUNDS, version=upheld.version)


async def test_a_stayed_credential_holds_until_the_stay_is_lifted() -> None:
    case = await suspended()
    with pytest.raises(NoAppealFiled):
        await appeals.stay_decision(case.judge, case.now.id, STAY, version=case.now.version)
    await case.appealed()
    stayed = await appeals.stay_decision(case.judge, case.now.id, STAY, version=case.now.version)
    assert stayed.stayed and stayed.valid_now
    assert stayed.status is CredentialStatus.SUSPENDED
    assert await case.listed()
    with pytest.raises(WrongState):
        await appeals.stay_decision(case.judge, stayed.id, STAY, version=stayed.version)
    lifted = await appeals.lift_stay(
        case.judge, stayed.id, LiftStay(reason="The survey is done"), version=stayed.version
    )
    assert not lifted.stayed and not lifted.valid_now
    assert not await case.listed()
    with pytest.raises(WrongState):
        await appeals.lift_stay(
            case.judge, stayed.id, LiftStay(reason="Once more"), version=lifted.version
        )
    again = await appeals.stay_decision(case.judge, stayed.id, STAY, version=lifted.version)
    assert again.stayed and await case.listed()


async def test_a_stay_ends_by_the_clock() -> None:
    case = await suspended()
    await case.appealed()
    until = datetime.now(UTC) + timedelta(seconds=1)
    stayed = await appeals.stay_decision(
        case.judge, case.now.id, StayDecision(reason="For a second", until=until),
        version=case.now.version,
    )  # fmt: skip
    assert stayed.valid_now and stayed.stay_until == until
    # No booking reaches past the end of the stay; the offer itself is still shown.
    assert not await case.listed()
    shown = "SELECT listed_during @> clock_timestamp() FROM offer WHERE id = $1"
    assert await one(shown, case.offer_id)
    await asyncio.sleep(1.1)
    assert not await one(shown, case.offer_id)
    over = await service.show_credential(ANONYMOUS, case.now.id)
    assert not over.stayed and not over.valid_now


@pytest.mark.parametrize("minutes", [-1, 60 * 24 * 366 * 11])
async def test_a_stay_ends_later_and_within_reason(minutes: int) -> None:
    case = await suspended()
    await case.appealed()
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    for wrong in (until, until.replace(tzinfo=None)):
        with pytest.raises(ImpossibleDates):
            await appeals.stay_decision(
                case.judge, case.now.id, StayDecision(reason="Wrong dates", until=wrong),
                version=case.now.version,
            )  # fmt: skip


async def test_a_withdrawn_appeal_ends_the_stay_and_may_be_filed_again() -> None:
    case = await suspended()
    await case.appealed()
    with pytest.raises(AppealFiled):
        await case.appealed()
    stayed = await appeals.stay_decision(case.judge, case.now.id, STAY, version=case.now.version)
    withdrawn = await appeals.withdraw_appeal(case.holder, stayed.id, version=stayed.version)
    assert (withdrawn.appeal, withdrawn.stayed) == (AppealStatus.WITHDRAWN, False)
    assert not await case.listed()
    with pytest.raises(NoAppealFiled):
        await appeals.withdraw_appeal(case.holder, stayed.id, version=withdrawn.version)
    with pytest.raises(NoAppealFiled):
        await appeals.decide_appeal(case.judge, stayed.id, UPHOLD, version=withdrawn.version)
    case.now = withdrawn
    await case.appealed()
    assert case.now.appeal is AppealStatus.FILED


async def test_upholding_ends_a_stay() -> None:
    case = await suspended()
    await case.appealed()
    stayed = await appeals.stay_decision(case.judge, case.now.id, STAY, version=case.now.version)
    upheld = await appeals.decide_appeal(case.judge, stayed.id, UPHOLD, version=stayed.version)
    assert not upheld.stayed and not upheld.valid_now
    assert not await case.listed()


@pytest.mark.parametrize("revoked", [False, True])
async def test_an_appeal_lapses_when_its_decision_is_taken_back_or_replaced(revoked: bool) -> None:
    case = await suspended()
    await case.appealed()
    stayed = await appeals.stay_decision(case.judge, case.now.id, STAY, version=case.now.version)
    if revoked:
        after = await decisions.revoke_credential(
            case.judge, stayed.id, RevokeCredential(reason="Worse was found"),
            version=stayed.version,
        )  # fmt: skip
        # It held until now: the suspension was stayed.
        assert after.status_effective_at is not None
        assert after.status_effective_at > (stayed.status_effective_at or datetime.now(UTC))
        assert after.appeal is None
    else:
        after = await decisions.reinstate_credential(
            case.judge, stayed.id, ReinstateCredential(reason="All was closed"),
            version=stayed.version,
        )  # fmt: skip
    assert await case.listed() is not revoked
    (told,) = await appeals.list_appeals(case.holder, stayed.id)
    assert told.status is AppealStatus.LAPSED


async def test_only_the_holder_appeals_and_only_officers_of_the_state_decide() -> None:
    case = await suspended()
    version = case.now.version
    with pytest.raises(NoSuchCredential):
        await appeals.appeal_decision(staff(new_id()), case.now.id, GROUNDS, version=version)
    for other in (case.judge, staff(None, Role.OPERATOR), staff(None, Role.REFERRING_DOCTOR)):
        with pytest.raises((Forbidden, NoSuchCredential)):
            await appeals.appeal_decision(other, case.now.id, GROUNDS, version=version)
    with pytest.raises(Unauthenticated):
        await appeals.appeal_decision(ANONYMOUS, case.now.id, GROUNDS, version=version)
    await case.appealed()
    version = case.now.version
    for move, command in (
        (appeals.stay_decision, STAY),
        (appeals.lift_stay, LiftStay(reason="Not mine to lift")),
        (appeals.decide_appeal, OVERTURN),
    ):
        with pytest.raises(NoSuchCredential):
            await move(officer("TR"), case.now.id, command, version=version)  # type: ignore[operator]
        with pytest.raises(Forbidden):
            await move(case.holder, case.now.id, command, version=version)  # type: ignore[operator]
        with pytest.raises(StaleVersion):
            await move(case.judge, case.now.id, command, version=version - 1)  # type: ignore[operator]
    for stranger in (officer("TR"), staff(new_id())):
        with pytest.raises(NoSuchCredential):
            await appeals.list_appeals(stranger, case.now.id)
    assert [a.grounds for a in await appeals.list_appeals(case.judge, case.now.id)] == [
        GROUNDS.grounds
    ]


async def test_nothing_is_appealed_that_was_not_decided() -> None:
    organisation = await directory.employer()
    made = await directory.facility(organisation=organisation)
    active = await directory.credential(made.id)
    with pytest.raises(WrongState):
        await appeals.appeal_decision(
            staff(organisation), active.id, GROUNDS, version=active.version
        )


async def test_two_clicks_make_one_appeal() -> None:
    case = await suspended()
    answers = await asyncio.gather(
        *(
            appeals.appeal_decision(case.holder, case.now.id, GROUNDS, version=case.now.version)
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CredentialView) for each in answers) == 1
    assert {type(each) for each in answers} <= {CredentialView, StaleVersion, AppealFiled}
    assert await one("SELECT count(*) FROM credential_appeal WHERE credential_id = $1",
                     case.now.id) == 1  # fmt: skip
