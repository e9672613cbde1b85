"""Dates that come near: found once each, told to administrators, listed for officers."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Role
from domain.credentials import decisions, jobs, renewals, service, worklists
from domain.credentials.errors import NoSuchList
from domain.credentials.proceeding_types import (
    FileRenewal,
)
from domain.credentials.types import (
    CredentialView,
    ImposeConditions,
    RevokeCredential,
    VerificationMethod,
    VerifyCredential,
)
from domain.credentials.worklist_types import CredentialList, Due, WorklistItem
from domain.cursor import CursorInvalid
from domain.errors import Forbidden
from domain.settings import Settings
from tests.factories import directory
from tests.factories.desk import one, run
from tests.factories.directory import certificate, officer, staff, today
from tests.factories.mailbox import delivered, mails_to

pytestmark = pytest.mark.usefixtures("catalogue")


async def held(organisation: UUID | None = None, **more: Any) -> CredentialView:
    made = await directory.facility("AZ", organisation=organisation)
    return await directory.credential(made.id, "AZ", **more)


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


async def reminders(credential_id: UUID) -> list[tuple[str, int]]:
    rows = await run(
        SYSTEM, "SELECT what, days FROM credential_reminder WHERE credential_id = $1"
        " ORDER BY noted_at, id", credential_id,
    )  # fmt: skip
    return [(row["what"], row["days"]) for row in rows]


@pytest.mark.parametrize(
    ("days", "noted"),
    [(100, []), (80, [90]), (25, [30]), (5, [7]), (-2, [])],
)
async def test_a_last_day_is_noted_once_at_its_threshold(days: int, noted: list[int]) -> None:
    credential = await held(valid_to=in_days(days))
    for _ in range(2):
        await jobs.remind_of_due()
        assert await reminders(credential.id) == [("last_day", each) for each in noted]


async def test_each_threshold_is_noted_when_the_clock_comes_to_it() -> None:
    credential = await held(valid_to=in_days(20))
    await run(
        SYSTEM, "INSERT INTO credential_reminder VALUES"
        " (gen_random_uuid(), $1, 'last_day', $2, 90, now())", credential.id, in_days(20),
    )  # fmt: skip
    await jobs.remind_of_due()
    assert await reminders(credential.id) == [("last_day", 90), ("last_day", 30)]


async def test_checks_that_are_due_or_overdue_are_noted_too() -> None:
    credential = await held(valid_to=None, next_check=in_days(50))
    await jobs.remind_of_due()
    assert await reminders(credential.id) == [("next_check", 90)]
    overdue = VerifyCredential(
        method=VerificationMethod.LETTER, primary_source=True, next_check_due=in_days(-3)
    )
    await service.recheck_credential(
        officer("AZ"), credential.id, overdue, version=credential.version
    )
    await jobs.remind_of_due()
    assert await reminders(credential.id) == [("next_check", 90), ("next_check", 7)]


async def test_nobody_is_reminded_of_what_is_over_replaced_or_being_renewed() -> None:
    revoked = await held(valid_to=in_days(20))
    await decisions.revoke_credential(
        officer("AZ"), revoked.id, RevokeCredential(reason="It is over"), version=revoked.version
    )
    organisation = await directory.employer("AZ")
    renewed = await held(organisation, valid_to=in_days(20))
    filed = await renewals.file_renewal(
        staff(organisation), renewed.id,
        FileRenewal(reference_number="R", evidence_sha256="ab" * 32), version=renewed.version,
    )  # fmt: skip
    await renewals.acknowledge_renewal(officer("AZ"), renewed.id, version=filed.version)
    old = await held(valid_to=in_days(20))
    assert old.facility_id is not None
    await directory.credential(old.facility_id, "AZ", supersedes=old.id)
    waiting = await service.submit_credential(
        SYSTEM, old.facility_id, certificate(valid_to=in_days(20))
    )
    await jobs.remind_of_due()
    for each in (revoked, renewed, old, waiting):
        assert await reminders(each.id) == []


async def test_two_workers_note_a_date_once() -> None:
    credential = await held(valid_to=in_days(20))
    await asyncio.gather(*(jobs.remind_of_due() for _ in range(4)))
    assert await reminders(credential.id) == [("last_day", 30)]
    events = await one(
        "SELECT count(*) FROM outbox_event e JOIN credential_reminder r"
        " ON r.id::text = e.payload ->> 'reminder_id' WHERE r.credential_id = $1", credential.id,
    )  # fmt: skip
    assert events == 1


async def test_administrators_are_told_by_mail_in_their_language(
    person: Any, settings: Settings
) -> None:
    administrator = await person(Role.COORDINATOR, state="AZ")
    colleague = await person(Role.BILLING, organisation=administrator.organisation_id)
    await run(SYSTEM, "UPDATE account SET language = 'tr' WHERE id = $1", administrator.account_id)
    credential = await held(administrator.organisation_id, valid_to=in_days(20))
    await jobs.remind_of_due()
    await delivered()
    (mail,) = mails_to(settings.data_dir, administrator.email)
    text = mail.get_content()
    assert credential.certificate_number in text and "/facility/credentials" in text
    assert str(credential.facility_name) in str(mail["Subject"])
    assert mail["Content-Language"] == "tr"
    assert mails_to(settings.data_dir, colleague.email) == []
    # The same event delivered again is the same mail.
    await run(
        SYSTEM, "INSERT INTO outbox_event (id, kind, payload, created_at, due_at, attempts)"
        " SELECT gen_random_uuid(), 'CredentialDue', jsonb_build_object('reminder_id', id),"
        " now(), now(), 0 FROM credential_reminder WHERE credential_id = $1", credential.id,
    )  # fmt: skip
    await delivered()
    (again,) = mails_to(settings.data_dir, administrator.email)
    assert again["Message-ID"] == mail["Message-ID"]


async def test_nobody_is_told_of_a_date_that_has_moved(person: Any, settings: Settings) -> None:
    administrator = await person(Role.COORDINATOR, state="AZ")
    credential = await held(administrator.organisation_id, valid_to=in_days(20))
    await jobs.remind_of_due()
    await decisions.revoke_credential(
        officer("AZ"), credential.id, RevokeCredential(reason="It is over"),
        version=credential.version,
    )  # fmt: skip
    await delivered()
    assert mails_to(settings.data_dir, administrator.email) == []


async def listed(name: CredentialList) -> list[WorklistItem]:
    found: list[WorklistItem] = []
    cursor = None
    while True:
        page = await worklists.list_waiting(officer("AZ"), name, cursor=cursor, limit=3)
        found += page.items
        if (cursor := page.next) is None:
            assert page.counts[name] == len(found)
            return found


async def test_an_officer_sees_what_is_due_oldest_first() -> None:
    soon = await held(valid_to=in_days(3))
    later = await held(valid_to=in_days(60))
    checked = await held(valid_to=in_days(80), next_check=in_days(30))
    conditional = await held(valid_to=in_days(300))
    await decisions.impose_conditions(
        officer("AZ"), conditional.id,
        ImposeConditions(conditions="A second surgeon", until=in_days(10)),
        version=conditional.version,
    )  # fmt: skip
    far = await held(valid_to=in_days(200))
    over = await held(valid_to=in_days(-2))
    items = await listed(CredentialList.DUE)
    dates = [item.due_on for item in items]
    assert dates == sorted(dates, key=lambda day: day or date.max)
    told = {item.credential.id: (item.due, item.due_on) for item in items}
    assert told[soon.id] == (Due.LAST_DAY, in_days(3))
    assert told[later.id] == (Due.LAST_DAY, in_days(60))
    assert told[checked.id] == (Due.NEXT_CHECK, in_days(30))
    assert told[conditional.id] == (Due.LAST_DAY, in_days(10))
    assert far.id not in told and over.id not in told
    # Checked again, it is due no longer.
    await service.recheck_credential(
        officer("AZ"), checked.id,
        VerifyCredential(method=VerificationMethod.LETTER, primary_source=True,
                         evidence_sha256="ab" * 32, next_check_due=in_days(79)),
        version=checked.version,
    )  # fmt: skip
    told = {i.credential.id: (i.due, i.due_on) for i in await listed(CredentialList.DUE)}
    assert told[checked.id] == (Due.NEXT_CHECK, in_days(79))
    foreign = await worklists.list_waiting(officer("HU"), CredentialList.DUE, limit=100)
    assert soon.id not in [item.credential.id for item in foreign.items]


async def test_what_waits_is_listed_until_it_is_decided() -> None:
    organisation = await directory.employer("AZ")
    credential = await held(organisation)
    filed = await renewals.file_renewal(
        staff(organisation), credential.id,
        FileRenewal(reference_number="R", evidence_sha256="ab" * 32), version=credential.version,
    )  # fmt: skip
    waiting = [item.credential.id for item in await listed(CredentialList.RENEWALS)]
    assert credential.id in waiting
    await renewals.acknowledge_renewal(officer("AZ"), credential.id, version=filed.version)
    waiting = [item.credential.id for item in await listed(CredentialList.RENEWALS)]
    assert credential.id not in waiting
    assert credential.facility_id is not None
    pending = await service.submit_credential(SYSTEM, credential.facility_id, certificate())
    assert pending.id in [item.credential.id for item in await listed(CredentialList.PENDING)]


async def test_worklists_are_officers_and_known_by_name() -> None:
    for other in (staff(None), staff(None, Role.OPERATOR)):
        with pytest.raises(Forbidden):
            await worklists.list_waiting(other, "due")
    with pytest.raises(NoSuchList):
        await worklists.list_waiting(officer(), "closed")
    with pytest.raises(CursorInvalid):
        await worklists.list_waiting(officer(), "due", cursor="nonsense")
