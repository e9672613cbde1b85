"""What an officer is shown before a suspension is what the suspension then does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.credentials import decisions, service
from domain.credentials.errors import ImpossibleDates, NoSuchCredential, UnknownScope, WrongState
from domain.credentials.types import SuspendCredential, SuspensionScope
from domain.db import connection, transactional, tried
from domain.errors import Forbidden, Unauthenticated
from domain.ids import new_id
from domain.suspensions import service as suspensions
from tests.factories import directory
from tests.factories.desk import one, run
from tests.factories.directory import officer, staff

pytestmark = pytest.mark.usefixtures("catalogue")
OFFERED = ("dental-implant", "dental-crown", "cataract-surgery", "ivf")


class _Undo(Exception):
    pass


async def shown(facility_id: UUID, at: datetime) -> set[UUID]:
    rows = await run(
        SYSTEM,
        "SELECT id FROM offer WHERE facility_id = $1 AND active AND listed_during @> $2"
        "::timestamptz",
        facility_id, at,
    )  # fmt: skip
    return {row["id"] for row in rows}


def limited(*codes: str) -> dict[str, list[str]]:
    return {
        "specialties": [code for code in codes if code == "dentistry"],
        "treatments": [code for code in codes if code != "dentistry"],
    }


CODES = st.lists(st.sampled_from(["dentistry", *OFFERED]), max_size=2, unique=True)


@transactional
async def suspended(actor: Actor, scopes: list[list[str]], codes: list[str], later: bool) -> None:
    made = await directory.facility()
    for treatment in OFFERED:
        await directory.offer(made.id, treatment)
    held = [await directory.credential(made.id, **limited(*scope)) for scope in scopes]
    moment = datetime.now(UTC) + timedelta(days=9) if later else None
    scope = SuspensionScope(effective_at=moment, **limited(*codes))
    told = await suspensions.preview_suspension(officer(), held[0].id, scope)
    assert (await service.show_credential(SYSTEM, held[0].id)) == held[0]
    before = await shown(made.id, told.effective_at)
    await decisions.suspend_credential(
        officer(), held[0].id,
        SuspendCredential(reason="As it was previewed", effective_at=moment, **limited(*codes)),
        version=held[0].version,
    )  # fmt: skip
    # A suspension that begins at once began a moment after the preview.
    at = max(told.effective_at, datetime.now(UTC))
    after = await shown(made.id, at)
    assert {each.id for each in told.offers.items} == before - after
    assert told.offers.total == len(told.offers.items)
    listed = await one("SELECT listed_during @> $2::timestamptz FROM facility WHERE id = $1",
                       made.id, at)  # fmt: skip
    assert told.facility_stays_listed is listed
    raise _Undo


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scopes=st.lists(CODES, min_size=1, max_size=3), codes=CODES, later=st.booleans())
async def test_what_is_previewed_is_what_hides(
    scopes: list[list[str]], codes: list[str], later: bool
) -> None:
    with pytest.raises(_Undo):
        await suspended(SYSTEM, scopes, codes, later)


async def test_a_preview_changes_nothing_and_is_audited() -> None:
    made = await directory.licensed()
    offer = await directory.offer(made.id)
    licence = (await service.list_credentials(ANONYMOUS, made.id))[0]
    looked = officer()
    told = await suspensions.preview_suspension(looked, licence.id, SuspensionScope())
    assert [each.id for each in told.offers.items] == [offer.id]
    assert not told.facility_stays_listed
    assert await service.show_credential(ANONYMOUS, licence.id) == licence
    assert await shown(made.id, told.effective_at) == {offer.id}
    audited = await one(
        "SELECT account_id FROM audit_event WHERE action = 'credentials.preview_suspension'"
        " AND subject_id = $1", str(licence.id),
    )  # fmt: skip
    assert audited == looked.account_id


async def test_only_officers_of_the_state_look_ahead() -> None:
    made = await directory.licensed()
    licence = (await service.list_credentials(ANONYMOUS, made.id))[0]
    scope = SuspensionScope()
    with pytest.raises(NoSuchCredential):
        await suspensions.preview_suspension(officer("TR"), licence.id, scope)
    for other in (staff(made.organisation_id), staff(None, Role.OPERATOR)):
        with pytest.raises(Forbidden):
            await suspensions.preview_suspension(other, licence.id, scope)
    with pytest.raises(Unauthenticated):
        await suspensions.preview_suspension(ANONYMOUS, licence.id, scope)
    with pytest.raises(NoSuchCredential):
        await suspensions.preview_suspension(officer(), new_id(), scope)


async def test_what_suspending_would_refuse_previewing_refuses() -> None:
    made = await directory.licensed()
    licence = (await service.list_credentials(ANONYMOUS, made.id))[0]
    moment = datetime.now(UTC) + timedelta(days=1)
    for scope, error in (
        (SuspensionScope(treatments=["no-such-treatment"]), UnknownScope),
        (SuspensionScope(specialties=["dental-implant"]), UnknownScope),
        (SuspensionScope(effective_at=moment.replace(tzinfo=None)), ImpossibleDates),
        (SuspensionScope(effective_at=moment - timedelta(days=2)), ImpossibleDates),
    ):
        with pytest.raises(error):
            await suspensions.preview_suspension(officer(), licence.id, scope)
        command = SuspendCredential(
            reason="For the same reason", effective_at=scope.effective_at,
            specialties=scope.specialties, treatments=scope.treatments,
        )  # fmt: skip
        with pytest.raises(error):
            await decisions.suspend_credential(
                officer(), licence.id, command, version=licence.version
            )
    await decisions.suspend_credential(
        officer(), licence.id, SuspendCredential(reason="Points are open"), version=licence.version
    )
    with pytest.raises(WrongState):
        await suspensions.preview_suspension(officer(), licence.id, SuspensionScope())


async def test_what_is_tried_is_taken_back_and_what_fails_is_raised() -> None:
    @transactional
    async def trying(actor: Actor) -> tuple[int, int]:
        db = connection()
        count = "SELECT count(*)::int FROM accreditor"
        before = await db.fetchval(count)
        async with tried():
            await db.execute(
                "INSERT INTO accreditor (id, name, demo) VALUES (gen_random_uuid(), 'X', false)"
            )
            assert await db.fetchval(count) == before + 1
        with pytest.raises(ZeroDivisionError):
            async with tried():
                raise ZeroDivisionError
        return before, await db.fetchval(count)

    before, after = await trying(SYSTEM)
    assert before == after
