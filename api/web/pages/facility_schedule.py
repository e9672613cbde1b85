"""A facility's days, lane by lane: what is open, booked and blocked, and blocking by hand."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.forms import MISSING, Form, read_form
from api.web.languages import N_, language_of
from api.web.pages import day_table
from api.web.pages.own_facility import chosen_facility, own_pool
from api.web.pages.slot_picker import day_of, instant_of, number_of
from api.web.rendering import PageRequest, address, go, page, safe_path
from domain import clock
from domain.actor import Actor
from domain.availability import blocks, schedule
from domain.availability.errors import NoSuchBlock, NoSuchPool, SlotTaken
from domain.availability.schedule_types import ScheduleView
from domain.availability.types import BlockTime
from domain.errors import DomainError

_HERE = "/facility/schedule"
_TAKEN = N_("Something lies in this time already: a booking, a calendar or another block.")
_UNREADABLE = N_("Write a day and a time of day.")
_SKIPPED = N_("Clocks skip this hour on that day; choose another one.")


class FacilitySchedulePages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show a day or a week of one facility, or of one resource of it."""
        return await _schedule_page(request, actor)

    @get("/block", guards=[may("pages.facility")])
    async def ask_block(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask from when to when a resource shall be blocked, and why."""
        return await _block_page(request, actor, _pool_of(request.query_params.get("pool")))

    @post("/block", guards=[may("availability.change")])
    async def block(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Take the stretch by hand, unless something lies in it."""
        form = await read_form(request, language_of(request))
        pool_id = _pool_of(form.value("pool_id"))
        facility, _ = await own_pool(actor, pool_id)
        where = clock.zone(facility.zone)
        begins, ends = (_moment(form, name, where) for name in ("starts_at", "ends_at"))
        command = form.read(BlockTime, starts_at=begins, ends_at=ends)
        if command is not None and begins is not None:
            try:
                await blocks.block_time(actor, pool_id, command, form.once(command))
                return go(_back(form, f"{begins.astimezone(where).date()}"))
            except SlotTaken:
                form.complain("ends_at", _TAKEN)
            except DomainError as error:
                form.refuse(error)
        return await _block_page(request, actor, pool_id, form, status=422)

    @post("/free", guards=[may("availability.change")])
    async def free(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Give a stretch back that was taken by hand; twice is once."""
        form = await read_form(request, language_of(request))
        pool_id = _pool_of(form.value("pool_id"))
        block_id = number_of(form.value("block_id"))
        with suppress(NoSuchBlock):  # pressed twice, or somebody was faster: it is free
            await blocks.free_time(actor, pool_id, block_id or UUID(int=0))
        return go(_back(form, "", "freed"))


def _pool_of(text: str | None) -> UUID:
    found = number_of(text)
    if found is None:
        raise NoSuchPool
    return found


def _back(form: Form, day: str, done: str = "blocked") -> str:
    """Return the schedule from which a form was sent, with what was done."""
    back = safe_path(form.value("back"), address(_HERE, day=day or None))
    if not back.startswith(_HERE):
        back = _HERE
    return f"{back}{'&' if '?' in back else '?'}done={done}"


def _moment(form: Form, name: str, where: ZoneInfo) -> datetime | None:
    """Read a moment of the facility's wall clock."""
    text = form.value(name).strip()
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        form.complain(name, _UNREADABLE if text else MISSING)
        return None
    if local.tzinfo is not None or not clock.EARLIEST <= local.date() <= clock.LATEST:
        form.complain(name, _UNREADABLE)
        return None
    found = clock.from_wall_clock(local.date(), local.time(), where)
    if found is None:
        form.complain(name, _SKIPPED)
    return found


async def _schedule_page(request: PageRequest, actor: Actor) -> Response[bytes]:
    own = await chosen_facility(request, actor)
    if own.facility is None:
        return page(request, "no_facility.html")
    facility, where = own.facility, clock.zone(own.facility.zone)
    now = clock.utc_now()
    today = now.astimezone(where).date()
    day = _within(day_of(request.query_params.get("day")) or today)
    weekly = request.query_params.get("view") == "week"
    monday = day - timedelta(days=day.weekday())
    first, last = (monday, monday + timedelta(days=6)) if weekly else (day, day)
    whole = await schedule.show_schedule(actor, facility.id, first, last)
    wanted = number_of(request.query_params.get("pool"))
    view = _only(whole, wanted)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    step = timedelta(days=7 if weekly else 1)
    return page(
        request,
        "facility_schedule.html",
        facility=facility,
        facilities=own.all,
        view=view,
        weekly=weekly,
        day=day,
        today=today,
        days=days,
        before=day - step,
        after=day + step,
        pool=wanted,
        pools=_pools(whole),
        timed=day_table.timed(view),
        beds=day_table.beds(view),
        rows=[] if weekly else day_table.rows(day_table.timed(view), day, where),
        cut=lambda lane, of: day_table.stretches(lane, *day_table.bounds(of, where)),
        lanes_of={each.pool_id: each.lane for each in whole.resources},
        # A week of everything would be a hundred links to step through.
        linked=lambda each: each.ends_at > now and (not weekly or wanted is not None),
    )


def _within(day: date) -> date:
    """Return a day that a schedule can be asked for, with room for the weeks around it."""
    margin = timedelta(days=60)
    return max(clock.EARLIEST + margin, min(day, clock.LATEST - margin))


def _only(view: ScheduleView, pool: UUID | None) -> ScheduleView:
    if pool is None:
        return view
    return msgspec.structs.replace(
        view, resources=[each for each in view.resources if each.pool_id == pool]
    )


def _pools(view: ScheduleView) -> list[tuple[UUID, str]]:
    return list({each.pool_id: each.name for each in view.resources}.items())


async def _block_page(
    request: PageRequest, actor: Actor, pool_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    facility, pool = await own_pool(actor, pool_id)
    where = clock.zone(facility.zone)
    given = {
        name: found.astimezone(where).strftime("%Y-%m-%dT%H:%M")
        for name in ("starts_at", "ends_at")
        if (found := instant_of(request.query_params.get(name) or "")) and clock.plausible(found)
    }
    lane = form.value("lane") if form else request.query_params.get("lane") or ""
    return page(
        request,
        "facility_block.html",
        status=status,
        form=form,
        facility=facility,
        pool=pool,
        given=given,
        lane=lane,
        back=form.value("back") if form else safe_path(request.query_params.get("back"), _HERE),
    )
