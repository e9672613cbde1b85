"""Renewals and conditions: who files, who acknowledges, and what the clock does with both."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.credentials import decisions, renewals, service
from domain.credentials.errors import (
    CredentialNotValid,
    EvidenceMissing,
    EvidenceUnusable,
    ImpossibleDates,
    NoRenewalFiled,
    NoSuchCredential,
    NotToRenew,
    RenewalFiled,
    WrongState,
)
from domain.credentials.proceeding_types import (
    FileRenewal,
    RefuseRenewal,
    RenewalStatus,
)
from domain.credentials.types import (
    CredentialStatus,
    CredentialView,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    SuspendCredential,
)
from domain.errors import Forbidden, StaleVersion
from domain.files import jobs, scanners, stores
from domain.files import service as files
from domain.files.scanners import NoScanner
from domain.files.stores import LocalStore
from domain.files.types import DeclareEvidence, MediaType
from domain.ids import new_id
from tests.factories import directory
from tests.factories.care import actor_of
from tests.factories.desk import one
from tests.factories.directory import officer, staff, today
from tests.factories.papers import PAPERS

pytestmark = pytest.mark.usefixtures("catalogue")
PDF = PAPERS[MediaType.PDF]
RENEWAL = FileRenewal(reference_number="R-1", evidence_sha256="cd" * 32)


async def held(organisation: UUID | None = None, **more: Any) -> tuple[Actor, CredentialView, UUID]:
    """Return who holds a credential, the credential, and an offer that rests on it."""
    organisation = organisation or await directory.employer()
    made = await directory.facility(organisation=organisation)
    active = await directory.credential(made.id, **more)
    offer = await directory.offer(made.id)
    return staff(organisation), active, offer.id


async def covered(offer_id: UUID, days: int) -> bool:
    try:
        await service.require_cover(SYSTEM, offer_id, datetime.now(UTC) + timedelta(days=days))
    except CredentialNotValid:
        return False
    return True


async def test_a_renewal_counts_once_an_officer_has_acknowledged_it() -> None:
    holder, active, offer = await held(valid_to=today() + timedelta(days=40))
    assert not await covered(offer, 12)
    filed = await renewals.file_renewal(holder, active.id, RENEWAL, version=active.version)
    assert filed.status is CredentialStatus.ACTIVE
    assert not await covered(offer, 12)
    counted = await renewals.acknowledge_renewal(officer(), active.id, version=filed.version)
    assert counted.status is CredentialStatus.RENEWAL_FILED
    assert await covered(offer, 12) and await covered(offer, 300)
    (told,) = await renewals.list_renewals(officer(), active.id)
    assert (told.status, told.reference_number) == (RenewalStatus.ACKNOWLEDGED, "R-1")
    assert told.evidence_sha256 == "cd" * 32
    with pytest.raises(WrongState):
        await renewals.file_renewal(holder, active.id, RENEWAL, version=counted.version)


async def test_a_filed_renewal_does_not_stop_the_clock() -> None:
    holder, active, offer = await held(valid_to=today() + timedelta(days=40))
    filed = await renewals.file_renewal(holder, active.id, RENEWAL, version=active.version)
    await renewals.acknowledge_renewal(officer(), active.id, version=filed.version)
    last = today() + timedelta(days=40)
    midnight = datetime(last.year, last.month, last.day, 19, tzinfo=UTC)  # 24:00 in Almaty
    listed = "SELECT listed_during @> $2::timestamptz FROM offer WHERE id = $1"
    assert await one(listed, offer, midnight - timedelta(seconds=1))
    assert not await one(listed, offer, midnight)
    await one(
        "UPDATE credential SET valid_to = $2 WHERE id = $1", active.id, today() - timedelta(days=2)
    )
    over = await service.show_credential(ANONYMOUS, active.id)
    assert (over.status, over.valid_now) == (CredentialStatus.EXPIRED, False)
    assert not await covered(offer, 1)


async def test_a_refused_renewal_may_be_filed_again() -> None:
    holder, active, _ = await held()
    with pytest.raises(NoRenewalFiled):
        await renewals.acknowledge_renewal(officer(), active.id, version=active.version)
    filed = await renewals.file_renewal(holder, active.id, RENEWAL, version=active.version)
    with pytest.raises(RenewalFiled):
        await renewals.file_renewal(holder, active.id, RENEWAL, version=filed.version)
    refused = await renewals.refuse_renewal(
        officer(), active.id, RefuseRenewal(reason="Unknown to the issuer"), version=filed.version
    )
    assert refused.status is CredentialStatus.ACTIVE
    with pytest.raises(NoRenewalFiled):
        await renewals.acknowledge_renewal(officer(), active.id, version=refused.version)
    again = await renewals.file_renewal(holder, active.id, RENEWAL, version=refused.version)
    told = await renewals.list_renewals(holder, active.id)
    assert [(each.status, each.reason) for each in told] == [
        (RenewalStatus.FILED, None),
        (RenewalStatus.REFUSED, "Unknown to the issuer"),
    ]
    # Suspended, it waits; reinstated, it can still be acknowledged.
    suspended = await decisions.suspend_credential(
        officer(), active.id, SuspendCredential(reason="For another reason"), version=again.version
    )
    with pytest.raises(WrongState):
        await renewals.acknowledge_renewal(officer(), active.id, version=suspended.version)
    restored = await decisions.reinstate_credential(
        officer(), active.id, ReinstateCredential(reason="It was settled"),
        version=suspended.version,
    )  # fmt: skip
    counted = await renewals.acknowledge_renewal(officer(), active.id, version=restored.version)
    assert counted.status is CredentialStatus.RENEWAL_FILED


@pytest.mark.parametrize(
    "dates",
    [
        {"valid_to": None, "next_check": today() + timedelta(days=90)},
        {"valid_to": today() - timedelta(days=2)},
    ],
)
async def test_what_has_no_last_day_or_is_over_is_not_renewed(dates: dict[str, Any]) -> None:
    holder, active, _ = await held(**dates)
    with pytest.raises(NotToRenew):
        await renewals.file_renewal(holder, active.id, RENEWAL, version=active.version)


async def test_only_the_holder_files_and_only_officers_of_the_state_acknowledge() -> None:
    holder, active, _ = await held()
    version = active.version
    with pytest.raises(EvidenceMissing):
        await renewals.file_renewal(
            holder, active.id, FileRenewal(reference_number="R-1"), version=version
        )
    with pytest.raises(NoSuchCredential):
        await renewals.file_renewal(staff(new_id()), active.id, RENEWAL, version=version)
    with pytest.raises(Forbidden):
        await renewals.file_renewal(officer(), active.id, RENEWAL, version=version)
    with pytest.raises(StaleVersion):
        await renewals.file_renewal(holder, active.id, RENEWAL, version=version - 1)
    filed = await renewals.file_renewal(holder, active.id, RENEWAL, version=version)
    with pytest.raises(Forbidden):
        await renewals.acknowledge_renewal(holder, active.id, version=filed.version)
    with pytest.raises(NoSuchCredential):
        await renewals.acknowledge_renewal(officer("TR"), active.id, version=filed.version)
    with pytest.raises(NoSuchCredential):
        await renewals.refuse_renewal(
            officer("TR"), active.id, RefuseRenewal(reason="Not mine"), version=filed.version
        )
    for stranger in (officer("TR"), staff(new_id())):
        with pytest.raises(NoSuchCredential):
            await renewals.list_renewals(stranger, active.id)


async def test_two_clicks_file_one_renewal() -> None:
    holder, active, _ = await held()
    answers = await asyncio.gather(
        *(
            renewals.file_renewal(holder, active.id, RENEWAL, version=active.version)
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CredentialView) for each in answers) == 1
    assert {type(each) for each in answers} <= {CredentialView, StaleVersion, RenewalFiled}
    assert len(await renewals.list_renewals(holder, active.id)) == 1


async def test_a_file_proves_a_renewal_if_it_is_the_holders_and_was_checked(
    person: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_store", LocalStore(tmp_path / "files"))
    monkeypatch.setattr(scanners, "_scanner", NoScanner())
    coordinator = await person(Role.COORDINATOR)
    holder = await actor_of(coordinator)
    _, active, _ = await held(coordinator.organisation_id)
    command = DeclareEvidence(name="receipt.pdf", media_type=MediaType.PDF, size=len(PDF))

    async def content() -> AsyncIterator[bytes]:
        yield PDF

    async def filed_with(file_id: UUID) -> CredentialView:
        renewal = FileRenewal(reference_number="R-2", file_id=file_id)
        return await renewals.file_renewal(holder, active.id, renewal, version=active.version)

    mine = await files.declare_evidence(holder, coordinator.organisation_id, command)
    elsewhere = await person(Role.COORDINATOR)
    theirs = await files.declare_evidence(
        await actor_of(elsewhere), elsewhere.organisation_id, command
    )
    for unusable in (mine.id, theirs.id, new_id()):
        with pytest.raises(EvidenceUnusable):
            await filed_with(unusable)
    await files.append(holder, mine.id, 0, content(), len(PDF))
    await jobs.check(mine.id)
    await filed_with(mine.id)
    (told,) = await renewals.list_renewals(holder, active.id)
    assert (told.file_id, told.evidence_sha256) == (mine.id, hashlib.sha256(PDF).hexdigest())


async def test_conditions_that_are_not_lifted_end_a_credential_by_the_clock() -> None:
    _, active, offer = await held()
    until = today() + timedelta(days=20)
    conditional = await decisions.impose_conditions(
        officer(), active.id, ImposeConditions(conditions="A second surgeon", until=until),
        version=active.version,
    )  # fmt: skip
    assert (conditional.status, conditional.valid_now) == (CredentialStatus.CONDITIONAL, True)
    midnight = datetime(until.year, until.month, until.day, 19, tzinfo=UTC)
    listed = "SELECT listed_during @> $2::timestamptz FROM offer WHERE id = $1"
    assert await one(listed, offer, midnight - timedelta(seconds=1))
    assert not await one(listed, offer, midnight)
    assert not await covered(offer, 1)
    lifted = await decisions.lift_conditions(
        officer(), active.id, LiftConditions(reason="She has come"), version=conditional.version
    )
    assert (lifted.status, lifted.conditions) == (CredentialStatus.ACTIVE, None)
    assert await covered(offer, 1)


async def test_conditions_bind_a_renewal_too() -> None:
    holder, active, offer = await held(valid_to=today() + timedelta(days=300))
    until = today() + timedelta(days=60)
    conditional = await decisions.impose_conditions(
        officer(), active.id, ImposeConditions(conditions="A second surgeon", until=until),
        version=active.version,
    )  # fmt: skip
    filed = await renewals.file_renewal(holder, active.id, RENEWAL, version=conditional.version)
    counted = await renewals.acknowledge_renewal(officer(), active.id, version=filed.version)
    assert (counted.status, counted.conditions_until) == (CredentialStatus.RENEWAL_FILED, until)
    assert await covered(offer, 20) and not await covered(offer, 40)
    lifted = await decisions.lift_conditions(
        officer(), active.id, LiftConditions(reason="She has come"), version=counted.version
    )
    assert lifted.status is CredentialStatus.RENEWAL_FILED
    assert await covered(offer, 400)
    with pytest.raises(WrongState):
        await decisions.lift_conditions(
            officer(), active.id, LiftConditions(reason="Once more"), version=lifted.version
        )


@pytest.mark.parametrize("days", [-2, 366, 4000])
async def test_conditions_end_on_a_day_to_come_within_the_credentials_own(days: int) -> None:
    _, active, _ = await held()
    with pytest.raises(ImpossibleDates):
        await decisions.impose_conditions(
            officer(), active.id,
            ImposeConditions(conditions="A second surgeon", until=today() + timedelta(days=days)),
            version=active.version,
        )  # fmt: skip
