"""Asking for consent, giving it, taking it back, and finding out whether it holds."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.actor import Actor, ActorKind, Role
from domain.audit import service as audit
from domain.clock import utc_now
from domain.consents import policy, queries, rules, text
from domain.consents.errors import ConsentNeeded, NoSuchConsent, NoSuchGrantee, OtherTextShown
from domain.consents.events import ConsentDenied, ConsentEnded, ConsentGranted
from domain.consents.tables import Consent, ConsentTransition
from domain.consents.types import (
    ConsentOffer,
    ConsentPage,
    ConsentStatus,
    ConsentText,
    ConsentView,
    Grant,
    HowGiven,
    Purpose,
    RequestConsent,
)
from domain.db import transactional
from domain.errors import Forbidden, StaleVersion
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, data_key
from domain.outbox.service import publish

PAGE_LIMIT = 100


class Standing(msgspec.Struct, frozen=True):
    """What an organisation holds from a patient: a consent now, one that has ended, or nothing."""

    consent_id: UUID | None
    home_state: str | None
    ended: bool


@transactional
async def request_consent(
    actor: Actor, command: RequestConsent, once: Once | None = None
) -> ConsentView:
    """Ask the patient to let an organisation read parts of the record.

    Raises NoSuchGrantee, EmptyPeriod, ConsentTooLong, NoSuchPatient.
    """
    home_state = await policy.require_asker(actor, command.patient_id)
    if made := await done_before(actor, "consents.request_consent", once):
        return await _visible(actor, made)
    now = utc_now()
    valid_from = command.valid_from or now
    rules.require_validity(valid_from, command.valid_until, now)
    rules.require_data_period(command.data_from, command.data_to)
    country = await queries.country_of(command.grantee_organisation_id)
    if country is None:
        raise NoSuchGrantee(fields={"grantee_organisation_id": NoSuchGrantee.title})
    basis, safeguard = rules.basis_for(home_state, country)
    consent_id = new_id()
    await queries.insert_consent(
        Consent(
            id=consent_id,
            patient_id=command.patient_id,
            home_state=home_state,
            episode_id=command.episode_id,
            purpose=command.purpose.value,
            grantee_organisation_id=command.grantee_organisation_id,
            grantee_role=command.grantee_role,
            grantee_country=country,
            requested_by=actor.account_id,
            requesting_organisation_id=(
                actor.organisation_id if actor.role is Role.REFERRING_DOCTOR else None
            ),
            categories=sorted({each.value for each in command.categories}),
            excluded_labels=sorted({each.value for each in command.excluded_labels}),
            data_from=command.data_from,
            data_to=command.data_to,
            access_mode=command.access_mode.value,
            valid_from=valid_from,
            valid_until=command.valid_until,
            legal_basis=basis,
            safeguard=safeguard,
            text_version=None,
            language=None,
            text_sealed=None,
            signature_sha256=None,
            how_given=None,
            status=ConsentStatus.REQUESTED.value,
            version=1,
            granted_at=None,
            created_at=now,
            updated_at=now,
        )
    )
    made_view = await _visible(actor, consent_id)
    await _log(actor, made_view, home_state, None, ConsentStatus.REQUESTED, 1, None)
    await remember(actor, "consents.request_consent", once, consent_id)
    return made_view


@transactional
async def grant_consent(actor: Actor, consent_id: UUID, grant: Grant, version: int) -> ConsentView:
    """Give the consent, whole or narrowed; what was agreed and its exact words are kept.

    Raises StaleVersion, WrongConsentState, BroaderThanAsked, TextNotOffered, OtherTextShown.
    """
    consent, home_state, behalf = await _require_movable(
        actor, consent_id, version, ConsentStatus.GRANTED, {ConsentStatus.REQUESTED}
    )
    now = utc_now()
    agreed = rules.narrowed(queries.terms(consent), grant, now)
    words = text.render(consent, agreed, grant.language)
    if grant.text_sha256 and grant.text_sha256 != words.sha256:
        raise OtherTextShown(sha256=words.sha256)
    keyring = await data_key(SubjectKind.PATIENT, consent.patient_id)
    await queries.sign(
        consent_id,
        agreed,
        text_version=words.version,
        language=words.language,
        text_sealed=keyring.seal_text(Place("consent", "text", consent_id), words.text),
        signature=hashlib.sha256(words.text.encode()).digest(),
        how_given=HowGiven(grant.how_given),
        now=now,
    )
    await _move(actor, consent, home_state, ConsentStatus.GRANTED, now, behalf)
    await publish(
        ConsentEnded(consent_id, consent.patient_id, consent.episode_id, "expired"),
        due_at=agreed.valid_until,
    )
    return await _visible(actor, consent_id)


@transactional
async def deny_consent(actor: Actor, consent_id: UUID, version: int) -> ConsentView:
    """Refuse what was asked."""
    return await _answer(actor, consent_id, version, ConsentStatus.DENIED)


@transactional
async def suspend_consent(actor: Actor, consent_id: UUID, version: int) -> ConsentView:
    """Stop reading for now; `resume_consent` takes it up again."""
    return await _answer(actor, consent_id, version, ConsentStatus.SUSPENDED)


@transactional
async def resume_consent(actor: Actor, consent_id: UUID, version: int) -> ConsentView:
    """Take up a suspended consent again, on its old terms."""
    consent, home_state, behalf = await _require_movable(
        actor, consent_id, version, ConsentStatus.GRANTED, {ConsentStatus.SUSPENDED}
    )
    await _move(actor, consent, home_state, ConsentStatus.GRANTED, utc_now(), behalf)
    return await _visible(actor, consent_id)


@transactional
async def revoke_consent(actor: Actor, consent_id: UUID, version: int) -> ConsentView:
    """Take the consent back for good; the very next read is refused."""
    return await _answer(actor, consent_id, version, ConsentStatus.REVOKED)


async def _answer(actor: Actor, consent_id: UUID, version: int, to: ConsentStatus) -> ConsentView:
    consent, home_state, behalf = await _require_movable(actor, consent_id, version, to)
    await _move(actor, consent, home_state, to, utc_now(), behalf)
    return await _visible(actor, consent_id)


async def _require_movable(
    actor: Actor,
    consent_id: UUID,
    version: int,
    to: ConsentStatus,
    only_from: set[ConsentStatus] | None = None,
) -> tuple[ConsentView, str, UUID | None]:
    seen = await _visible(actor, consent_id)
    behalf = await policy.require_consenter(actor, seen.patient_id, consent_id)
    row = await queries.lock_consent(consent_id, visible_to=actor)
    if row is None:
        raise NoSuchConsent(subject=("consent", consent_id))
    consent = queries.view(row, utc_now())
    if consent.version != version:
        raise StaleVersion(version=consent.version)
    rules.require_move(consent.status, to, only_from)
    return consent, row["home_state"], behalf


async def _move(
    actor: Actor,
    consent: ConsentView,
    home_state: str,
    to: ConsentStatus,
    now: datetime,
    behalf: UUID | None,
) -> None:
    if not await queries.move(consent.id, to, consent.version, now):
        raise StaleVersion
    await _log(actor, consent, home_state, consent.status, to, consent.version + 1, behalf)
    about = (consent.id, consent.patient_id, consent.episode_id)
    if to is ConsentStatus.GRANTED:
        await publish(ConsentGranted(*about))
    elif to is ConsentStatus.DENIED or consent.status is ConsentStatus.REQUESTED:
        await publish(ConsentDenied(*about))
    else:
        await publish(
            ConsentEnded(*about, "suspended" if to is ConsentStatus.SUSPENDED else "revoked")
        )


async def _log(
    actor: Actor,
    consent: ConsentView,
    home_state: str,
    was: ConsentStatus | None,
    to: ConsentStatus,
    version: int,
    behalf: UUID | None,
) -> None:
    await queries.insert_transition(
        ConsentTransition(
            id=new_id(),
            consent_id=consent.id,
            patient_id=consent.patient_id,
            home_state=home_state,
            from_status=was.value if was else None,
            to_status=to.value,
            version=version,
            account_id=actor.account_id,
            organisation_id=actor.organisation_id,
            on_behalf_of=behalf,
            at=utc_now(),
        )
    )
    await audit.record(
        actor, f"consents.{_VERBS[to] if was is not _SUSPENDED else _AFTER_PAUSE[to]}",
        subject=("consent", consent.id), patient_id=consent.patient_id, home_state=home_state,
        on_behalf_of=behalf, consent_id=consent.id, purpose=consent.purpose.value,
        detail={
            "categories": list(consent.categories),
            "grantee": str(consent.grantee.organisation_id),
        },
    )  # fmt: skip


_SUSPENDED = ConsentStatus.SUSPENDED
_VERBS = {
    ConsentStatus.REQUESTED: "request",
    ConsentStatus.GRANTED: "grant",
    ConsentStatus.DENIED: "deny",
    ConsentStatus.SUSPENDED: "suspend",
    ConsentStatus.REVOKED: "revoke",
}
_AFTER_PAUSE = {**_VERBS, ConsentStatus.GRANTED: "resume"}


async def _visible(actor: Actor, consent_id: UUID) -> ConsentView:
    row = await queries.consent_row(consent_id, visible_to=actor)
    if row is None:
        raise NoSuchConsent(subject=("consent", consent_id))
    return queries.view(row, utc_now())


@transactional
async def show_consent(actor: Actor, consent_id: UUID) -> ConsentView:
    """Return one consent; raises NoSuchConsent."""
    consent = await _visible(actor, consent_id)
    await audit.record(
        actor, "consents.show", subject=("consent", consent_id), patient_id=consent.patient_id,
        consent_id=consent_id,
    )  # fmt: skip
    return consent


@transactional
async def list_consents(
    actor: Actor, patient_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> ConsentPage:
    """Return the consents the actor may see, newest first."""
    size = max(1, min(limit, PAGE_LIMIT))
    rows = await queries.consents(patient_id, rules.consent_before(cursor), size, visible_to=actor)
    now = utc_now()
    items = [queries.view(row, now) for row in rows[:size]]
    return ConsentPage(items, rules.cursor_after(items[-1].id) if len(rows) > size else None)


@transactional
async def consider_consent(actor: Actor, consent_id: UUID, grant: Grant) -> ConsentOffer:
    """Return the terms and the words that granting like this would give, to who may grant it.

    Once granted, the terms in force and the words that were signed.
    """
    consent = await _visible(actor, consent_id)
    await policy.require_consenter(actor, consent.patient_id, consent_id)
    asked = queries.terms(consent)
    row = await queries.consent_row(consent_id, visible_to=actor)
    if row is not None and row["text_sealed"] is not None:
        keyring = await data_key(SubjectKind.PATIENT, consent.patient_id)
        signed = keyring.open_text(Place("consent", "text", consent_id), row["text_sealed"])
        words = ConsentText(
            signed, row["text_version"], row["language"], row["signature_sha256"].hex()
        )
        return ConsentOffer(consent, asked, words)
    rules.require_move(consent.status, ConsentStatus.GRANTED)
    agreed = rules.narrowed(asked, grant, utc_now())
    return ConsentOffer(consent, agreed, text.render(consent, agreed, grant.language))


@transactional
async def standing(
    actor: Actor, patient_id: UUID, organisation_id: UUID, episode_id: UUID | None = None
) -> Standing:
    """Return which clinical consent, seen by the actor, the organisation holds from the patient.

    With an episode, only consents for it or for no episode in particular count.
    """
    own = actor.organisation_id == organisation_id
    consent_id, home_state = await queries.standing(
        patient_id, organisation_id, episode_id, actor.role if own else None
    )
    return Standing(consent_id, home_state, home_state is not None and consent_id is None)


@transactional
async def purposes_of(actor: Actor, consent_ids: Sequence[UUID]) -> dict[UUID, Purpose]:
    """Return the purposes of these consents, as far as the actor sees them."""
    return await queries.purposes_of(consent_ids)


@transactional
async def require_standing(
    actor: Actor, patient_id: UUID, organisation_id: UUID, episode_id: UUID | None = None
) -> UUID:
    """Return the consent that lets the organisation read now; raises ConsentNeeded."""
    found = await standing(actor, patient_id, organisation_id, episode_id)
    if found.consent_id is None:
        raise ConsentNeeded(subject=("patient", patient_id))
    return found.consent_id


@transactional
async def end_consents_of(actor: Actor, episode_id: UUID) -> Sequence[UUID]:
    """End every open consent of an episode that is over; for the system only."""
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden
    ended = await queries.open_consents_of(episode_id)
    for consent_id in ended:
        row = await queries.lock_consent(consent_id, visible_to=actor)
        if row is None:
            raise NoSuchConsent(subject=("consent", consent_id))
        consent = queries.view(row, utc_now())
        to = (
            ConsentStatus.DENIED
            if consent.status is ConsentStatus.REQUESTED
            else ConsentStatus.REVOKED
        )
        if to in rules.TRANSITIONS[consent.status]:
            await _move(actor, consent, row["home_state"], to, utc_now(), None)
    return ended
