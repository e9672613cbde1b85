"""Who decides on credentials: four eyes of the facility's own state, versions, history."""

from uuid import UUID

import asyncpg
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.credentials import decisions, service
from domain.credentials.errors import (
    CredentialKnown,
    NoSuchCredential,
    NothingToSupersede,
    SameOfficer,
    UnknownAccreditor,
    WrongState,
)
from domain.credentials.types import (
    CredentialStatus,
    CredentialView,
    RevokeCredential,
    SuspendCredential,
)
from domain.db import connection, transactional
from domain.errors import Conflict, Forbidden, StaleVersion, Unauthenticated
from domain.facilities.errors import NoSuchFacility
from domain.ids import new_id
from tests.factories import directory
from tests.factories.directory import CHECKED, certificate, officer, staff

pytestmark = pytest.mark.usefixtures("catalogue")


async def pending() -> CredentialView:
    made = await directory.facility()
    return await service.submit_credential(SYSTEM, made.id, certificate())


@transactional
async def fetch(actor: Actor, statement: str, *args: object) -> list[asyncpg.Record]:
    return list(await connection().fetch(statement, *args))


async def test_one_officer_cannot_do_both() -> None:
    waiting, first = await pending(), officer()
    verified = await service.verify_credential(first, waiting.id, CHECKED, version=1)
    with pytest.raises(SameOfficer):
        await service.confirm_credential(first, waiting.id, version=verified.version)
    with pytest.raises(WrongState):
        await service.verify_credential(officer(), waiting.id, CHECKED, version=2)
    confirmed = await service.confirm_credential(officer(), waiting.id, version=2)
    assert confirmed.status is CredentialStatus.ACTIVE
    assert confirmed.valid_now


async def test_the_database_refuses_one_officer_too() -> None:
    waiting, first = await pending(), officer()
    await service.verify_credential(first, waiting.id, CHECKED, version=1)
    with pytest.raises(SameOfficer):
        await fetch(
            SYSTEM, "UPDATE credential SET status = 'active', confirmed_by = verified_by"
            " WHERE id = $1", waiting.id,
        )  # fmt: skip
    with pytest.raises(Conflict):
        await fetch(SYSTEM, "UPDATE credential SET status = 'active' WHERE id = $1", waiting.id)


async def test_nothing_is_confirmed_unverified() -> None:
    waiting = await pending()
    with pytest.raises(WrongState):
        await service.confirm_credential(officer(), waiting.id, version=1)


async def test_another_states_officer_learns_nothing() -> None:
    waiting = await pending()
    active = await directory.credential((await directory.facility()).id)
    for credential in (waiting, active):
        with pytest.raises(NoSuchCredential):
            await service.verify_credential(officer("TR"), credential.id, CHECKED, version=1)
    with pytest.raises(NoSuchCredential):
        await decisions.suspend_credential(
            officer("TR"), active.id, SuspendCredential(reason="Not mine"), version=active.version
        )


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.MINISTRY_OFFICER])
async def test_no_other_role_decides(role: Role) -> None:
    waiting = await pending()
    with pytest.raises(Forbidden):
        await service.verify_credential(staff(None, role), waiting.id, CHECKED, version=1)


async def test_nobody_decides_without_a_session() -> None:
    waiting = await pending()
    with pytest.raises(Unauthenticated):
        await service.verify_credential(ANONYMOUS, waiting.id, CHECKED, version=1)


async def test_what_waits_is_seen_by_those_it_concerns() -> None:
    waiting = await pending()
    for stranger in (ANONYMOUS, officer("TR"), staff(new_id())):
        with pytest.raises(NoSuchCredential):
            await service.show_credential(stranger, waiting.id)
        assert await service.list_credentials(stranger, waiting.facility_id) == []
    assert await service.show_credential(officer("KZ"), waiting.id) == waiting
    queue = await service.list_queue(officer("KZ"), CredentialStatus.PENDING, limit=100)
    assert waiting.id in [item.id for item in queue.items]
    foreign = await service.list_queue(officer("TR"), CredentialStatus.PENDING, limit=100)
    assert waiting.id not in [item.id for item in foreign.items]


async def test_the_queue_is_paged() -> None:
    for _ in range(3):
        await pending()
    seen: list[UUID] = []
    after = None
    while True:
        page = await service.list_queue(
            officer("KZ"), CredentialStatus.PENDING, after=after, limit=2
        )
        seen += [item.id for item in page.items]
        if (after := page.next) is None:
            break
    assert len(seen) == len(set(seen)) >= 3
    assert seen == sorted(seen)


async def test_a_decision_on_an_older_version_is_refused() -> None:
    waiting = await pending()
    await service.verify_credential(officer(), waiting.id, CHECKED, version=1)
    with pytest.raises(StaleVersion):
        await service.confirm_credential(officer(), waiting.id, version=1)


async def test_staff_hand_in_for_their_own_facility_only() -> None:
    made = await directory.facility()
    with pytest.raises(NoSuchFacility):
        await service.submit_credential(staff(new_id()), made.id, certificate())
    with pytest.raises(Forbidden):
        await service.submit_credential(officer(), made.id, certificate())


async def test_the_same_certificate_is_taken_once() -> None:
    made = await directory.facility()
    handed_in = certificate()
    first = await service.submit_credential(SYSTEM, made.id, handed_in)
    with pytest.raises(CredentialKnown):
        await service.submit_credential(SYSTEM, made.id, handed_in)
    renewed = await service.submit_credential(SYSTEM, made.id, certificate(supersedes=first.id))
    assert renewed.supersedes == first.id
    with pytest.raises(NothingToSupersede):
        await service.submit_credential(SYSTEM, made.id, certificate(supersedes=new_id()))


async def test_a_body_must_be_named_and_recognised() -> None:
    made = await directory.facility()
    with pytest.raises(UnknownAccreditor):
        await service.submit_credential(SYSTEM, made.id, certificate(body=None))
    with pytest.raises(UnknownAccreditor):
        await service.submit_credential(SYSTEM, made.id, certificate(accreditor_id=new_id()))
    known = await directory.accreditor("KZ")
    view = await service.submit_credential(SYSTEM, made.id, certificate(accreditor_id=known))
    assert view.body.startswith("Accreditor number")


async def test_every_step_is_in_the_history_the_audit_and_the_outbox() -> None:
    active = await directory.credential((await directory.facility()).id)
    await decisions.revoke_credential(
        officer(), active.id, RevokeCredential(reason="Issued to another site"), version=3
    )
    history = await fetch(
        SYSTEM, "SELECT version, status, reason FROM credential_change WHERE credential_id = $1"
        " ORDER BY version", active.id,
    )  # fmt: skip
    assert [(row["version"], row["status"]) for row in history] == [
        (1, "pending"), (2, "pending"), (3, "active"), (4, "revoked"),
    ]  # fmt: skip
    assert history[-1]["reason"] == "Issued to another site"
    actions = await fetch(
        SYSTEM, "SELECT action, home_state FROM audit_event WHERE subject_id = $1 ORDER BY id",
        str(active.id),
    )  # fmt: skip
    assert [row["action"].split(".")[1] for row in actions] == [
        "submit_credential", "verify_credential", "confirm_credential", "revoke_credential",
    ]  # fmt: skip
    assert {row["home_state"] for row in actions} == {"KZ"}
    events = await fetch(
        SYSTEM, "SELECT payload ->> 'status' AS status FROM outbox_event"
        " WHERE kind = 'CredentialChanged' AND payload ->> 'credential_id' = $1 ORDER BY id",
        str(active.id),
    )  # fmt: skip
    assert [row["status"] for row in events] == ["pending", "pending", "active", "revoked"]


async def test_the_history_cannot_be_rewritten() -> None:
    active = await directory.credential((await directory.facility()).id)
    for statement in (
        "UPDATE credential_change SET reason = 'x' WHERE credential_id = $1",
        "DELETE FROM credential_change WHERE credential_id = $1",
    ):
        with pytest.raises((Conflict, asyncpg.InsufficientPrivilegeError)):
            await fetch(SYSTEM, statement, active.id)
