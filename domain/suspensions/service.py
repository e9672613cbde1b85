"""Asking credentials, bookings and referrals together what a suspension would touch."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.bookings import counts as bookings
from domain.credentials import previews
from domain.credentials.types import SuspensionScope
from domain.db import transactional
from domain.facilities import service as facilities
from domain.referrals import counts as referrals
from domain.suspensions.types import (
    Affected,
    HiddenOffers,
    InWeek,
    OfState,
    SuspensionPreview,
)


class _Counted(Protocol):
    @property
    def treatment(self) -> str: ...
    @property
    def home_state(self) -> str: ...
    @property
    def week(self) -> date: ...
    @property
    def count(self) -> int: ...


@transactional
async def preview_suspension(
    actor: Actor, credential_id: UUID, scope: SuspensionScope
) -> SuspensionPreview:
    """Return, to an officer of the state, what a suspension of this scope would touch.

    Raises NoSuchCredential, WrongState, UnknownScope, ImpossibleDates.
    """
    facility_id, since = await previews.suspendable(actor, credential_id, scope)
    facility = await facilities.facility_ref(actor, facility_id)
    # Patients' rows are hidden from officers: the marketplace itself counts them.
    booked = await bookings.future_bookings(SYSTEM, facility_id, since)
    referred = await referrals.referrals_under_way(SYSTEM, facility_id, facility.zone)
    treated = await bookings.episodes_in_treatment(SYSTEM, facility_id)
    treated |= await referrals.episodes_in_treatment(SYSTEM, facility_id)
    counted: list[_Counted] = [*booked, *referred]
    asked = {each.treatment for each in counted} | set(treated.values())
    hidden = await previews.preview_suspension(actor, credential_id, scope, asked)
    return SuspensionPreview(
        credential_id,
        hidden.effective_at,
        hidden.listed,
        HiddenOffers(len(hidden.offers), hidden.offers),
        _affected(booked, hidden.treatments),
        _affected(referred, hidden.treatments),
        sum(treatment in hidden.treatments for treatment in treated.values()),
    )


def _affected(counted: Iterable[_Counted], treatments: Collection[str]) -> Affected:
    by_state: dict[str, int] = {}
    by_week: dict[date, int] = {}
    for each in counted:
        if each.treatment in treatments:
            by_state[each.home_state] = by_state.get(each.home_state, 0) + each.count
            by_week[each.week] = by_week.get(each.week, 0) + each.count
    return Affected(
        sum(by_state.values()),
        [OfState(*each) for each in sorted(by_state.items())],
        [InWeek(*each) for each in sorted(by_week.items())],
    )
