"""Opening cases, beginning an episode with a facility, and choosing one of them."""

from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind, Role
from domain.audit import service as audit
from domain.cases.tables import CareCase, Episode
from domain.cases.types import (
    CaseView,
    EpisodeRef,
    EpisodeStatus,
    EpisodeView,
    Funding,
    OpenCase,
    Urgency,
)
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.errors import Conflict, NotFound, raised_by
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.keys.service import KeyDestroyed, Place, SubjectKind, data_key
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.text import clean


class NoSuchCase(NotFound):
    code = "case_not_found"
    title = "There is no such case among those you may see"


class NoSuchEpisode(NotFound):
    code = "episode_not_found"
    title = "There is no such episode among those you may see"


@raised_by("case_at_most_four_episodes")
class TooManyEpisodes(Conflict):
    code = "too_many_episodes"
    title = "A case asks at most four facilities; end one before asking another"


@raised_by("episode_facility_once")
class FacilityAskedAlready(Conflict):
    code = "facility_asked_already"
    title = "This facility was already asked in this case"


@transactional
async def open_case(actor: Actor, command: OpenCase, once: Once | None = None) -> CaseView:
    """Open a case for oneself or a ward, or, as a doctor, for a patient of the practice."""
    if (done := await done_before(actor, "cases.open", once)) is not None:
        return await show_case(actor, done)
    practice_id = None
    if actor.role is Role.REFERRING_DOCTOR:
        home_state = await patients.require_care_of(actor, command.patient_id)
        practice_id = actor.organisation_id
    else:
        await patients.require_scope(actor, command.patient_id, AccessScope.VIEW)
        home_state = await patients.require_visible(actor, command.patient_id)
    await catalogue.require_treatment(actor, command.treatment)
    case_id, sealed = new_id(), None
    if command.description:
        keyring = await data_key(SubjectKind.PATIENT, command.patient_id)
        place = Place("care_case", "description", case_id)
        sealed = keyring.seal_text(place, clean(command.description))
    await CareCase.insert(
        CareCase(
            id=case_id,
            patient_id=command.patient_id,
            home_state=home_state,
            practice_id=practice_id,
            treatment_code=command.treatment,
            urgency=command.urgency.value,
            funding=command.funding.value,
            description_sealed=sealed,
            opened_by=actor.account_id,
            created_at=utc_now(),
        )
    )
    await audit.record(
        actor, "cases.open", subject=("case", case_id), patient_id=command.patient_id,
        home_state=home_state,
    )  # fmt: skip
    await remember(actor, "cases.open", once, case_id)
    return await show_case(actor, case_id)


@transactional
async def show_case(actor: Actor, case_id: UUID) -> CaseView:
    """Return a case with its episodes; raises NoSuchCase."""
    cases = await _cases(actor, case_id)
    if not cases:
        raise NoSuchCase(subject=("case", case_id))
    return cases[0]


@transactional
async def list_cases(actor: Actor) -> list[CaseView]:
    """Return the cases the actor may see, newest first."""
    return await _cases(actor, None)


async def _cases(visible_to: Actor, case_id: UUID | None) -> list[CaseView]:
    rows = await connection().fetch(
        "SELECT * FROM care_case WHERE ($1::uuid IS NULL OR id = $1)"
        " AND ($2 OR patient_id IN (SELECT my_patients()) OR practice_id = $3)"
        " ORDER BY id DESC LIMIT 100",
        case_id, visible_to.kind is ActorKind.SYSTEM, visible_to.organisation_id,
    )  # fmt: skip
    episodes = await connection().fetch(
        "SELECT * FROM episode WHERE case_id = ANY($1) ORDER BY id", [row["id"] for row in rows]
    )
    return [
        CaseView(
            id=row["id"],
            patient_id=row["patient_id"],
            treatment=row["treatment_code"],
            urgency=Urgency(row["urgency"]),
            funding=Funding(row["funding"]),
            description=await _description(row),
            created_at=row["created_at"],
            episodes=[_view(e) for e in episodes if e["case_id"] == row["id"]],
        )
        for row in rows
    ]


async def _description(row: Any) -> str | None:
    if row["description_sealed"] is None:
        return None
    try:
        keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
    except KeyDestroyed:
        return None  # the patient's data was erased; that there was a case is not
    place = Place("care_case", "description", row["id"])
    return keyring.open_text(place, row["description_sealed"])


def _view(row: Any) -> EpisodeView:
    return EpisodeView(
        row["id"], row["case_id"], row["patient_id"], row["facility_id"],
        EpisodeStatus(row["status"]), row["shared_at"],
    )  # fmt: skip


@transactional
async def begin_episode(
    actor: Actor, case_id: UUID, facility_id: UUID, facility_organisation_id: UUID
) -> EpisodeRef:
    """Begin an episode of a case the actor may see with one facility."""
    row = await connection().fetchrow(
        "SELECT patient_id, home_state, practice_id FROM care_case WHERE id = $1", case_id
    )
    if row is None:
        raise NoSuchCase(subject=("case", case_id))
    episode = EpisodeRef(
        id=new_id(),
        case_id=case_id,
        patient_id=row["patient_id"],
        home_state=row["home_state"],
        practice_id=row["practice_id"],
        facility_id=facility_id,
        facility_organisation_id=facility_organisation_id,
        status=EpisodeStatus.OPEN,
    )
    await Episode.insert(
        Episode(
            id=episode.id,
            case_id=case_id,
            patient_id=episode.patient_id,
            home_state=episode.home_state,
            practice_id=episode.practice_id,
            facility_id=facility_id,
            facility_organisation_id=facility_organisation_id,
            status=episode.status.value,
            shared_at=None,
            created_at=utc_now(),
        )
    )
    return episode


@transactional
async def show_episode(actor: Actor, episode_id: UUID) -> EpisodeView:
    """Return an episode the actor may see; raises NoSuchEpisode."""
    row = await connection().fetchrow("SELECT * FROM episode WHERE id = $1", episode_id)
    if row is None:
        raise NoSuchEpisode(subject=("episode", episode_id))
    return _view(row)


@transactional
async def episode_ref(actor: Actor, episode_id: UUID) -> EpisodeRef:
    """Return what other rooms need of an episode the actor may see; raises NoSuchEpisode."""
    row = await connection().fetchrow(
        "SELECT id, case_id, patient_id, home_state, practice_id, facility_id,"
        " facility_organisation_id, status FROM episode WHERE id = $1",
        episode_id,
    )
    if row is None:
        raise NoSuchEpisode(subject=("episode", episode_id))
    values = dict(row)
    return EpisodeRef(**{**values, "status": EpisodeStatus(values["status"])})


@transactional
async def share_episode(actor: Actor, episode_id: UUID) -> None:
    """Let the facility know of the episode, and of the person behind it."""
    await connection().execute(
        "UPDATE episode SET shared_at = coalesce(shared_at, $2) WHERE id = $1",
        episode_id, utc_now(),
    )  # fmt: skip


@transactional
async def end_episode(actor: Actor, episode_id: UUID) -> None:
    """End an episode that came to nothing: its facility no longer sees the person."""
    await connection().execute(
        "UPDATE episode SET status = 'ended' WHERE id = $1 AND status IN ('open', 'chosen')",
        episode_id,
    )


@transactional
async def choose_episode(actor: Actor, episode_id: UUID) -> list[UUID]:
    """Choose an episode and end its rivals as not selected; return the rivals' ids."""
    rows = await connection().fetch(
        "UPDATE episode SET status = CASE WHEN id = $1 THEN 'chosen' ELSE 'not_selected' END"
        " WHERE case_id = (SELECT case_id FROM episode WHERE id = $1) AND status = 'open'"
        " RETURNING id",
        episode_id,
    )
    return [row["id"] for row in rows if row["id"] != episode_id]
