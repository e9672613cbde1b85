"""What everybody may read of a credential's past: every move, its reason, and nobody's name."""

from datetime import timedelta

import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM
from domain.credentials import decisions, history, service
from domain.credentials.errors import NoSuchCredential
from domain.credentials.types import (
    CredentialMove,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    SuspendCredential,
)
from domain.identity import service as identity
from domain.identity.types import NewOrganisation, OrganisationKind
from tests.factories import directory
from tests.factories.desk import one, run
from tests.factories.directory import CHECKED, certificate, officer, today

pytestmark = pytest.mark.usefixtures("catalogue")


async def test_every_move_is_told_with_its_reason_and_the_authority_behind_it() -> None:
    ministry = await identity.create_organisation(
        SYSTEM,
        NewOrganisation(kind=OrganisationKind.MINISTRY, name="Health authority", jurisdiction="KZ"),
    )
    tomorrow = today() + timedelta(days=1)
    decider = msgspec.structs.replace(officer(), organisation_id=ministry.id)
    made = await directory.facility()
    active = await directory.credential(made.id)
    suspended = await decisions.suspend_credential(
        decider, active.id,
        SuspendCredential(reason="Points were open", treatments=["dental-implant"]),
        version=active.version,
    )  # fmt: skip
    restored = await decisions.reinstate_credential(
        decider, active.id, ReinstateCredential(reason="Points were closed"),
        version=suspended.version,
    )  # fmt: skip
    conditional = await decisions.impose_conditions(
        decider, active.id, ImposeConditions(conditions="A second surgeon", until=tomorrow),
        version=restored.version,
    )  # fmt: skip
    await decisions.lift_conditions(
        decider, active.id, LiftConditions(reason="She has come"), version=conditional.version
    )
    told = (await history.list_history(ANONYMOUS, active.id)).items
    assert [(each.version, each.move, each.status.value, each.reason) for each in told] == [
        (1, CredentialMove.SUBMIT, "pending", None),
        (2, CredentialMove.VERIFY, "pending", None),
        (3, CredentialMove.CONFIRM, "active", None),
        (4, CredentialMove.SUSPEND, "suspended", "Points were open"),
        (5, CredentialMove.REINSTATE, "active", "Points were closed"),
        (6, CredentialMove.IMPOSE_CONDITIONS, "conditional", None),
        (7, CredentialMove.LIFT_CONDITIONS, "active", "She has come"),
    ]
    assert told[0].by is None  # handed in by the marketplace itself
    assert [each.suspended_treatments for each in told[3:5]] == [["dental-implant"], []]
    assert (told[5].conditions, told[5].conditions_until) == ("A second surgeon", tomorrow)
    for each in told[3:]:
        assert each.by is not None
        assert (each.by.organisation, each.by.jurisdiction) == ("Health authority", "KZ")
    plain = msgspec.json.encode(told).decode()
    changers = await run(
        SYSTEM, "SELECT changed_by FROM credential_change WHERE credential_id = $1", active.id
    )
    people = {str(row["changed_by"]) for row in changers if row["changed_by"]}
    assert str(decider.account_id) in people
    assert not [each for each in people if each in plain]


async def test_the_history_is_paged_by_version() -> None:
    active = await directory.credential((await directory.facility()).id)
    first = await history.list_history(ANONYMOUS, active.id, limit=2)
    assert ([each.version for each in first.items], first.next) == ([1, 2], 2)
    last = await history.list_history(ANONYMOUS, active.id, after=2, limit=2)
    assert ([each.version for each in last.items], last.next) == ([3], None)


async def test_what_waits_has_a_history_for_those_it_concerns_only() -> None:
    made = await directory.facility()
    waiting = await service.submit_credential(SYSTEM, made.id, certificate())
    await service.verify_credential(officer(), waiting.id, CHECKED, version=1)
    for stranger in (ANONYMOUS, officer("TR")):
        with pytest.raises(NoSuchCredential):
            await history.list_history(stranger, waiting.id)
    assert len((await history.list_history(officer(), waiting.id)).items) == 2


async def test_only_what_is_public_is_numbered_and_without_gaps() -> None:
    made = await directory.facility("XN")
    before = await one("SELECT max(position) FROM credential_change WHERE jurisdiction = 'XN'") or 0
    active = await directory.credential(made.id, "XN")
    await service.recheck_credential(officer("XN"), active.id, CHECKED, version=active.version)
    rows = await run(
        SYSTEM, "SELECT move, position FROM credential_change WHERE credential_id = $1"
        " ORDER BY version", active.id,
    )  # fmt: skip
    assert [(row["move"], row["position"]) for row in rows] == [
        ("submit", None), ("verify", None), ("confirm", before + 1), ("recheck", before + 2),
    ]  # fmt: skip
