"""One patient's things, and everybody who might ask for them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar

from api.worker import HANDLERS
from domain.actor import SYSTEM, Actor, ClientScope, Role
from domain.db import connection, transactional
from domain.notifications import service as notices
from domain.notifications.types import NoticeKind
from domain.outbox import service as outbox
from domain.patients.types import AccessScope
from domain.permissions.types import Relation
from domain.registers.formats import FORMATS
from domain.registers.types import RegisterFormat
from tests.conftest import Person, Register, client_of
from tests.factories import directory
from tests.factories.authenticator import SoftAuthenticator
from tests.factories.eid import vouched_link
from tests.factories.hooks import hooked
from tests.factories.photos import photo_bytes
from tests.factories.stays import consent as signed_consent
from tests.factories.story import LETTER, Story, story_of
from tests.factories.systems import registered
from tests.factories.twins import merged, twin_of
from tests.walls.cast import ALL, Member

FILE = "matrix knee scan.pdf"
ENTRY = "Gonarthrosis of the right knee, matrix"
VOUCHED = "Vouched-for-in-the-matrix"

_OWN, _ACCESS = Relation.ACCOUNT, Relation.ACCESS


class World(msgspec.Struct):
    """The ids that addresses and bodies need, the people, and what strangers must never read.

    By operation: `bodies` and `addresses` replace members of the example and parts of the path,
    `headers` and `queries` are sent along, `undecided` are those whose answer to an admitted or
    refused actor hangs on something else (with the reason), `last` are those that end what others
    need.
    """

    story: Story
    ids: dict[str, str]
    cast: list[Member]
    canaries: dict[str, str]
    bodies: dict[str, dict[str, Any]] = {}
    addresses: dict[str, dict[str, str]] = {}
    headers: dict[str, dict[str, str]] = {}
    queries: dict[str, dict[str, str]] = {}
    undecided: dict[str, str] = {}
    last: frozenset[str] = frozenset()

    def member(self, name: str) -> Member:
        return next(each for each in self.cast if each.name == name)


async def run(sql: str, *values: object) -> Any:
    """Run one statement as the marketplace itself."""

    @transactional
    async def as_system(actor: Actor) -> Any:
        return await connection().fetch(sql, *values)

    return await as_system(SYSTEM)


async def consent_for(story: Story, grantee: Person) -> str:
    """Let the patient grant a facility abroad the problems, and return the consent's address."""
    asked = await story.doctor.client.post(
        "/v1/consents",
        json={
            "patient_id": str(story.patient.patient_id),
            "grantee_organisation_id": str(grantee.organisation_id),
            "categories": ["problems"],
            "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        },
    )
    assert asked.status_code == 201, asked.text
    address = f"/v1/consents/{asked.json()['id']}"
    granted = await story.patient.client.post(
        f"{address}/grant", json={}, headers={"If-Match": '"1"'}
    )
    assert granted.status_code == 200, granted.text
    return address


async def build(app: Litestar, person: Register) -> World:
    """Make the world: a referral with an open quote, a paid booking, a record and its readers."""
    story = await story_of(person)
    patient, doctor, coordinator = story.patient, story.doctor, story.coordinator
    organisation = coordinator.organisation_id
    record = await doctor.client.post(
        f"/v1/patients/{patient.patient_id}/record/entries",
        json={"problems": [{"text": ENTRY}], "allergies": [{"text": "Penicillin"}]},
    )
    assert record.status_code == 201, record.text
    quote = await story.quoted()
    booking = (await story.choose(quote))["id"]
    payment = await patient.client.post(f"/v1/bookings/{booking}/payments")
    assert payment.status_code == 201, payment.text
    paid = await patient.client.post(f"/v1/demo/payments/{payment.json()['id']}/confirm")
    assert paid.status_code == 200, paid.text
    while await outbox.deliver_due(HANDLERS):
        pass

    revoked = await person(Role.CLINICIAN, state="TR")
    expired = await person(Role.CLINICIAN, state="TR")
    address = await consent_for(story, revoked)
    taken_back = await patient.client.post(f"{address}/revoke", headers={"If-Match": '"2"'})
    assert taken_back.status_code == 200, taken_back.text
    over = (await consent_for(story, expired)).rpartition("/")[2]
    await run(
        "UPDATE consent SET valid_from = valid_from - interval '60 days',"
        " valid_until = valid_until - interval '60 days' WHERE id = $1",
        UUID(over),
    )

    facility = str(story.offer.facility_id)
    credentials = (await coordinator.client.get(f"/v1/facilities/{facility}/credentials")).json()
    resources = (await coordinator.client.get(f"/v1/facilities/{facility}/resources")).json()
    session = (await patient.client.get("/v1/me/sessions")).json()[0]["id"]
    referral = (await patient.client.get(story.address)).json()
    ids = {
        "patient_id": str(patient.patient_id),
        "case_id": referral["case_id"],
        "episode_id": referral["episode_id"],
        "referral_id": referral["id"],
        "consent_id": referral["consent_id"],
        "quote_id": quote,
        "booking_id": booking,
        "payment_id": payment.json()["id"],
        "facility_id": facility,
        "offer_id": str(story.offer.offer.id),
        "credential_id": credentials["items"][0]["id"],
        "pool_id": resources[0]["id"],
        "session_id": session,
        "organisation_id": str(organisation),
        "section": "problems",
        "name": "closed",
        "code": "dental-implant",
    }
    ids |= await _own_things(story)
    ids |= await _team_of(story, person)
    # A system that nobody of the cast is, so that revoking it takes nothing from them.
    spare = await registered(coordinator)
    ids |= {"client_id": spare.id, "key_id": spare.view["keys"][0]["id"]}
    waiting = await _waiting_licence(person)
    ids |= await _second_file(story, person)
    ids["guardianship_id"] = await _guardianship(story, person)
    ids["recognition_id"] = await _recognition(person)
    # After the merge, which an order to keep the file would have stopped.
    ids |= await _rights_of(story, person)
    ids |= await _directory(person)
    ids |= await _stay_of(story, ids)
    ids |= await _profile_of(story, facility)
    ids |= await _told(story, booking)
    ids |= await _time_of(story, facility, ids["pool_id"])
    cast = await _cast(app, person, story, revoked, expired)
    name = (await patient.client.get(f"/v1/patients/{patient.patient_id}")).json()["name"]
    canaries = {
        "name": f'"{name["family"]}"',
        "patient": ids["patient_id"],
        "letter": LETTER,
        "entry": ENTRY,
        "file": FILE,
        "eid": VOUCHED,
    }
    return World(
        story,
        ids,
        cast,
        canaries,
        addresses={
            "showLedgerAccount": {"code": f"deposit:{ids['episode_id']}"},
            "listListingRules": {"code": "KZ"},
            "readCalendar": {"name": ids["calendar"]},
            "verifyLetter": {"token": ids["letter"]},
            "listCredentialChanges": {"code": "KZ"},
            "listCredentialWorklist": {"name": "due"},
            "verifyLicence": {"membership_id": waiting},
            "refuseLicence": {"membership_id": waiting},
        },
        undecided=dict.fromkeys(
            ("showFile", "downloadFile", "sendContent"),
            "a file belongs to a patient or is an organisation's evidence, and this one is empty",
        )
        | dict.fromkeys(
            ("showMerge", "previewMerge"),
            "whoever acts by mandate sees no merge, and this one is over",
        )
        | {"showSavedSearch": "it is the patient's own, and other accounts keep others"}
        | {"fetchToken": "a system proves itself in the form, whatever token it sends beside"},
        queries={"addPhoto": {"alt": "The entrance"}, "readRegister": {"format": "ror"}},
        bodies={
            "holdSlot": {"starts_at": story.offer.starts[7].isoformat()},
            "replayWebhookDeliveries": {"since": datetime.now(UTC).isoformat()},
        },
        last=frozenset(
            {
                "signOut",
                "revokeSession",
                "signOutElsewhere",
                "wearMembership",
                "closeAccount",
                "deletePhoto",
                "endResource",
                "removeOfferNeed",
                "endMembership",
            }
        ),
    )


async def _stay_of(story: Story, ids: dict[str, str]) -> dict[str, str]:
    """Return what belongs to the booking: a task, an item, a claim, a change, a complication."""
    address = f"/v1/bookings/{ids['booking_id']}"

    async def made(who: Person, path: str, body: dict[str, Any]) -> dict[str, Any]:
        version = (await who.client.get(address)).json()["version"]
        answer = await who.client.post(
            f"{address}/{path}", json=body, headers={"If-Match": f'"{version}"'}
        )
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())

    item = await made(
        story.patient, "items", {"kind": "companion", "details": {"name": "A companion"}}
    )
    claim = await made(
        story.patient,
        "cancellation-claims",
        {"ground": "visa_refused", "file_id": ids["file_id"]},
    )
    listed = await story.coordinator.client.get(f"/v1/facilities/{ids['facility_id']}/tasks")
    await made(story.clinician, "consent", signed_consent())
    # By the back door: the others need the booking as it was before treatment.
    booking = UUID(ids["booking_id"])
    await run(
        "UPDATE booking SET status = 'in_treatment', assessment = 'proceed' WHERE id = $1", booking
    )
    complication = await made(
        story.clinician,
        "complications",
        {"what": "Bleeding", "occurred_at": datetime.now(UTC).isoformat()},
    )
    await run("UPDATE booking SET status = 'confirmed', assessment = NULL WHERE id = $1", booking)
    await run("UPDATE booking SET status = 'discharged' WHERE id = $1", booking)
    question = await made(story.patient, "questions", {"text": "May I swim?"})
    await run("UPDATE booking SET status = 'confirmed' WHERE id = $1", booking)
    plan = await story.patient.client.put(
        f"{address}/aftercare", json={"organisation_id": str(story.doctor.organisation_id)}
    )
    assert plan.status_code == 200, plan.text
    visit = await run(
        "INSERT INTO aftercare_visit (id, booking_id, patient_id, home_state, day, due_on, version)"
        " VALUES (gen_random_uuid(), $1, $2, 'KZ', 7, current_date + 30, 1) RETURNING id",
        booking, story.patient.patient_id,
    )  # fmt: skip
    entry = await run(
        "INSERT INTO waitlist_entry (id, offer_id, facility_id, patient_id, home_state, episode_id,"
        " status, first_day, last_day, zone, queued_at, missed, joined_by, joined_at, updated_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, 'KZ', $4, 'waiting', current_date + 300,"
        " current_date + 310, 'Asia/Almaty', now(), 0, $5, now(), now()) RETURNING id",
        story.offer.offer.id, story.offer.facility_id, story.patient.patient_id,
        UUID(ids["episode_id"]), story.patient.account_id,
    )  # fmt: skip
    later = story.offer.starts[-1].isoformat()
    moved = await made(story.coordinator, "reschedule", {"starts_at": later})
    return {
        "item_id": item["id"],
        "claim_id": claim["id"],
        "task_id": listed.json()["items"][0]["id"],
        "complication_id": complication["id"],
        "change_id": moved["change_order_id"],
        "question_id": question["id"],
        "plan_id": plan.json()["id"],
        "visit_id": str(visit[0]["id"]),
        "entry_id": str(entry[0]["id"]),
    }


async def _second_file(story: Story, person: Register) -> dict[str, str]:
    """Merge a second file into the patient's; `old_patient_id` is its number."""
    twin = await twin_of(person, story.patient)
    merge = await merged(story.patient, twin)
    return {
        "merge_id": merge.rpartition("/")[2],
        "survivor_id": str(story.patient.patient_id),
        "alias_id": str(twin.patient_id),
    }


async def _guardianship(story: Story, person: Register) -> str:
    """Let somebody ask to be the patient's guardian, and return the id."""
    until = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    made = await story.doctor.client.post(
        f"/v1/patients/{story.patient.patient_id}/guardianships",
        json={
            "order": {"court": "Almaty district court", "number": "7", "until": until},
            "identity_checked": "passport",
        },
    )
    assert made.status_code == 201, made.text
    guardian = await person()
    asked = await guardian.client.post("/v1/me/guardianships", json={"code": made.json()["code"]})
    assert asked.status_code == 201, asked.text
    return str(asked.json()["id"])


async def _recognition(person: Register) -> str:
    """Return the id of a recognition in KZ that waits for its second officer."""
    officer = await person(Role.MINISTRY_OFFICER, state="KZ")
    name = f"Matrix body {officer.account_id}"
    named = await officer.client.post("/v1/accreditors", json={"name": name})
    assert named.status_code == 201, named.text
    recorded = await officer.client.post(
        "/v1/recognitions",
        json={
            "accreditor": name,
            "reference": "Decision 14",
            "source_url": "https://authority.example/14",
            "recognised_from": "2026-01-01",
        },
    )
    assert recorded.status_code == 201, recorded.text
    return str(recorded.json()["id"])


async def _own_things(story: Story) -> dict[str, str]:
    """Return the patient's passkey, mandate offer and access, as another account would guess."""
    patient = story.patient
    authenticator = SoftAuthenticator()
    options = (await patient.client.post("/v1/me/passkeys/options")).json()
    passkey = await patient.client.post(
        "/v1/me/passkeys", json={"credential": authenticator.create(options)}
    )
    assert passkey.status_code == 201, passkey.text
    until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    offer = await story.doctor.client.post(
        f"/v1/patients/{patient.patient_id}/desk-mandates",
        json={"scopes": ["view"], "until": until, "identity_checked": "passport"},
    )
    assert offer.status_code == 201, offer.text
    access = await patient.client.get(f"/v1/patients/{patient.patient_id}/access")
    declared = {"name": FILE, "media_type": "application/pdf", "size": 400}
    file = await patient.client.post(f"/v1/patients/{patient.patient_id}/files", json=declared)
    assert file.status_code == 201, file.text
    kept = await patient.client.post("/v1/me/saved-searches", json={"query": {"q": "matrix"}})
    assert kept.status_code == 201, kept.text
    return {
        "search_id": kept.json()["id"],
        "file_id": file.json()["id"],
        "provider": "vouching",
        "eid_link_id": await vouched_link(patient.client, str(patient.account_id)),
        "passkey_id": passkey.json()["id"],
        "mandate_offer_id": offer.json()["id"],
        "access_id": access.json()[0]["id"],
    }


async def _team_of(story: Story, person: Register) -> dict[str, str]:
    """Return a member of the facility whom nobody else needs, and an open invitation to it."""
    organisation = story.coordinator.organisation_id
    spare = await person(Role.BILLING, organisation=organisation)
    invited = await story.coordinator.client.post(
        f"/v1/organisations/{organisation}/invitations",
        json={"email": "matrix@example.org", "role": "billing", "display_name": "Matrix"},
    )
    assert invited.status_code == 201, invited.text
    return {
        "membership_id": await _membership(spare),
        "invitation_id": invited.json()["id"],
    }


async def _rights_of(story: Story, person: Register) -> dict[str, str]:
    """Return a legal hold on the patient's data, and a request for its erasure."""
    officer = await person(Role.MINISTRY_OFFICER, state="KZ")
    hold = await officer.client.post(
        f"/v1/patients/{story.patient.patient_id}/holds",
        json={"authority": "A court of the matrix", "reference": "1/26"},
    )
    assert hold.status_code == 201, hold.text
    # By the back door: the patient's booking stands against asking.
    erasure = await run(
        "INSERT INTO erasure (id, patient_id, home_state, status, asked_by, asked_at)"
        " VALUES (gen_random_uuid(), $1, 'KZ', 'asked', $2, now()) RETURNING id",
        story.patient.patient_id, story.patient.account_id,
    )  # fmt: skip
    return {"hold_id": hold.json()["id"], "erasure_id": str(erasure[0]["id"])}


async def _told(story: Story, booking: str) -> dict[str, str]:
    """Return a notice and a letter of the patient's, a calendar, and the facility's webhook."""
    await notices.notify(
        SYSTEM, story.patient.account_id, NoticeKind.TASK, "matrix", {"task_id": "matrix"}
    )
    found = (await story.patient.client.get("/v1/me/notices")).json()["items"]
    hook = await hooked(story.coordinator, "https://matrix.example/hook")
    made = await story.patient.client.post("/v1/me/calendars", json={"kind": "patient"})
    assert made.status_code == 201, made.text
    letter = await story.patient.client.post(
        f"/v1/bookings/{booking}/letter", json={"passport_name": "MATRIX"}
    )
    assert letter.status_code == 200, letter.text
    return {
        "letter": letter.json()["token"],
        "notice_id": found[0]["id"],
        "webhook_id": hook.view["id"],
        "delivery_id": str(UUID(int=7)),
        "calendar_id": made.json()["calendar"]["id"],
        "calendar": f"{made.json()['token']}.ics",
    }


async def _profile_of(story: Story, facility: str) -> dict[str, str]:
    """Return a photo of the facility and somebody who works there."""
    photo = await story.coordinator.client.post(
        f"/v1/facilities/{facility}/photos",
        params={"alt": "The entrance"},
        content=photo_bytes(),
        headers={"Content-Type": "image/png"},
    )
    assert photo.status_code == 201, photo.text
    people = await story.coordinator.client.get(f"/v1/facilities/{facility}/practitioners")
    return {
        "photo_id": photo.json()["id"],
        "width": "480",
        "practitioner_id": people.json()[0]["id"],
    }


async def _time_of(story: Story, facility: str, pool: str) -> dict[str, str]:
    """Return a rule, an exception, a closure and a block of the facility's first resource."""
    far = (datetime.now(UTC) + timedelta(days=700)).replace(microsecond=0)
    day = far.date().isoformat()
    asked = {
        "rule_id": (
            f"/v1/resources/{pool}/rules",
            {"rrule": "FREQ=DAILY", "opens": "09:00:00", "minutes": 60, "valid_from": day},
        ),
        "exception_id": (f"/v1/resources/{pool}/exceptions", {"day": day}),
        "closure_id": (
            f"/v1/facilities/{facility}/closures",
            {"first_day": day, "last_day": day, "reason": "Matrix"},
        ),
        "block_id": (
            f"/v1/resources/{pool}/blocks",
            {
                "starts_at": far.isoformat(),
                "ends_at": (far + timedelta(hours=1)).isoformat(),
                "reason": "Matrix",
            },
        ),
    }
    client, found = story.coordinator.client, {}
    for name, (address, body) in asked.items():
        made = await client.post(address, json=body)
        assert made.status_code == 201, made.text
        found[name] = made.json()["id"]
    # By the back door: no host is named from which it could be fetched.
    feed = await run(
        "INSERT INTO calendar_feed (id, pool_id, resource_id, organisation_id, host, url,"
        " failures, next_sync_at, created_at) SELECT gen_random_uuid(), l.pool_id, l.resource_id,"
        " f.organisation_id, 'matrix.example', 'sealed', 0, 'infinity', now()"
        " FROM pool_lane l JOIN resource_pool p ON p.id = l.pool_id"
        " JOIN facility f ON f.id = p.facility_id WHERE l.pool_id = $1 RETURNING id",
        UUID(pool),
    )
    return found | {"feed_id": str(feed[0]["id"])}


async def _directory(person: Register) -> dict[str, str]:
    """Let an officer in KZ bring a register's file and propose a merge; return the ids."""
    officer = await person(Role.MINISTRY_OFFICER, state="KZ")
    header = ",".join(FORMATS[RegisterFormat.ROR].header)
    made = await officer.client.post(
        "/v1/register-imports?format=ror",
        content=f"{header}\r\n",
        headers={"Content-Type": "text/csv"},
    )
    assert made.status_code == 201, made.text
    one, other = await directory.facility(), await directory.facility()
    merge = await officer.client.post(
        f"/v1/facilities/{one.id}/merge",
        json={"other_id": str(other.id), "other_version": other.version},
        headers={"If-Match": f'"{one.version}"'},
    )
    assert merge.status_code == 201, merge.text
    return {"import_id": made.json()["id"], "facility_merge_id": merge.json()["id"]}


async def _waiting_licence(person: Register) -> str:
    """Return the membership of a doctor in KZ whose licence nobody has verified."""
    membership = await _membership(await person(Role.REFERRING_DOCTOR, state="KZ"))
    await run("UPDATE membership SET licence_verified_at = NULL WHERE id = $1", UUID(membership))
    return membership


async def _membership(who: Person) -> str:
    found = await run("SELECT id FROM membership WHERE account_id = $1", who.account_id)
    return str(found[0]["id"])


async def _cast(
    app: Litestar, person: Register, story: Story, revoked: Person, expired: Person
) -> list[Member]:
    organisation = story.coordinator.organisation_id
    patient_id = story.patient.patient_id
    everything = frozenset({"name", "patient", "letter", "entry", "file"})
    found = [
        Member("anonymous", client_of(app), None),
        Member(
            "patient", story.patient.client, Role.PATIENT, frozenset({_OWN, _ACCESS}), ALL,
            sees=everything | {"eid"},
        ),
        Member("another patient", (await person()).client, Role.PATIENT),
    ]  # fmt: skip
    for name, kind, scopes, ended in (
        ("proxy", "proxy", ALL, False),
        ("mandate for everything", "mandate", ALL, False),
        ("mandate to view", "mandate", frozenset({AccessScope.VIEW}), False),
        ("mandate without view", "mandate", ALL - {AccessScope.VIEW}, False),
        ("mandate that has ended", "mandate", ALL, True),
    ):
        holder = await person()
        await run(
            "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
            " created_at) VALUES (gen_random_uuid(), $1, $2, 'KZ', $3, $4,"
            " now() + CASE WHEN $5 THEN interval '-1 second' ELSE interval '1 year' END,"
            " now() - interval '1 day')",
            holder.account_id, patient_id, kind, sorted(s.value for s in scopes), ended,
        )  # fmt: skip
        found.append(
            Member(
                name,
                holder.client,
                Role.PATIENT,
                frozenset() if ended else frozenset({_ACCESS}),
                frozenset() if ended else scopes,
                sees=frozenset()
                if ended
                else everything
                - (set() if AccessScope.VIEW in scopes else {"letter", "entry", "file"}),
            )
        )

    async def add(
        name: str, role: Role, *relations: Relation, sees: frozenset[str] = frozenset(),
        **more: Any,
    ) -> None:  # fmt: skip
        who = more.pop("who", None) or await person(role, **more)
        found.append(Member(name, who.client, role, frozenset(relations), sees=sees))

    practice, own = Relation.PRACTICE, Relation.FACILITY
    await add(
        "the practice's doctor", Role.REFERRING_DOCTOR, practice, Relation.ORGANISATION,
        who=story.doctor, sees=everything,
    )  # fmt: skip
    await add(
        "a colleague at the practice", Role.REFERRING_DOCTOR, practice, Relation.ORGANISATION,
        organisation=story.doctor.organisation_id, sees=everything,
    )  # fmt: skip
    await add("a doctor elsewhere", Role.REFERRING_DOCTOR)
    for role, who in ((Role.COORDINATOR, story.coordinator), (Role.CLINICIAN, story.clinician)):
        # The first member of an organisation administers it.
        team = [Relation.TEAM] if role is Role.COORDINATOR else []
        await add(f"own {role}", role, own, Relation.CONSENT, Relation.ORGANISATION,
                  Relation.ACCOUNT, *team, who=who, sees=everything)  # fmt: skip
    for role in (Role.SCHEDULER, Role.BILLING):
        await add(
            f"own {role}", role, own, Relation.CONSENT, Relation.ORGANISATION,
            organisation=organisation, sees=everything - {"entry", "file"},
        )  # fmt: skip
    for role in (Role.COORDINATOR, Role.CLINICIAN, Role.SCHEDULER, Role.BILLING):
        await add(f"{role} elsewhere", role)
    # They still see that there was a consent and that it is over, with the patient's number.
    was = frozenset({"patient"})
    await add("clinician whose consent was revoked", Role.CLINICIAN, who=revoked, sees=was)
    await add("clinician whose consent has expired", Role.CLINICIAN, who=expired, sees=was)
    await add(
        "officer of the state",
        Role.MINISTRY_OFFICER,
        Relation.JURISDICTION,
        state="KZ",
        # Who keeps data from erasure names the patient it is about; who asks to be somebody's
        # guardian asks the officer, who compares names with the order.
        sees=was | {"name"},
    )
    await add("officer of another state", Role.MINISTRY_OFFICER, state="UZ")
    await add("payer", Role.PAYER)
    await add("pharmacist", Role.PHARMACIST)
    await add("auditor", Role.AUDITOR, Relation.PLATFORM, sees=frozenset({"patient"}))
    await add("operator", Role.OPERATOR, Relation.PLATFORM, sees=frozenset({"patient"}))
    return found + await _systems(app, person, story)


async def _systems(app: Litestar, person: Register, story: Story) -> list[Member]:
    """Return systems of the facility and of another; all a booking tells them is a number."""
    ours, elsewhere = story.coordinator, await person(Role.COORDINATOR)
    found = []
    for name, whose, scopes in (
        ("system of the facility", ours, frozenset(ClientScope)),
        ("system that reads bookings", ours, frozenset({ClientScope.BOOKINGS_READ})),
        ("system that answers bookings", ours, frozenset({ClientScope.BOOKINGS_WRITE})),
        ("system that opens hours", ours, frozenset({ClientScope.AVAILABILITY_WRITE})),
        ("system of another facility", elsewhere, frozenset(ClientScope)),
        ("system that was revoked", ours, frozenset(ClientScope)),
    ):
        system = await registered(whose, *scopes)
        client = await system.signed_in(app)
        ended = name.endswith("revoked")
        if ended:
            assert (await whose.client.delete(system.address)).status_code == 204
        at_home = whose is ours and not ended
        reads = at_home and any(scope.startswith("bookings") for scope in scopes)
        found.append(
            Member(
                name,
                client,
                Role.FACILITY_SYSTEM,
                frozenset({Relation.FACILITY}) if at_home else frozenset(),
                client_scopes=scopes,
                sees=frozenset({"patient"}) if reads else frozenset(),
                ended=ended,
            )
        )
    return found
