"""The facility's desk: requests to answer, tasks to see to, shifts, and referrals."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.patient import treatment_names
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.bookings import service as bookings
from domain.bookings.types import BookingStatus, BookingView, DeskQuery
from domain.cursor import CursorInvalid
from domain.errors import DomainError
from domain.facilities import service as facilities
from domain.facilities.types import FacilityView
from domain.identity import team
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.referrals import service as referrals
from domain.tasks import service as tasks
from domain.tasks.types import (
    AssignTask,
    FinishTask,
    HandOver,
    TaskCounts,
    TaskPage,
    TaskQuery,
    TaskStatus,
)

HERE = "/facility"
LISTS = ("to-triage", "to-quote", "waiting", "scheduled", "to-report", "closed")
TASK_LISTS = ("all", "mine", "unassigned", "done")


class FacilityDeskPages(Controller):
    path = HERE
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def inbox(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show what waits for the desk: requests, tasks, referrals, each with its clock."""
        return await _inbox(request, actor)

    @post("/tasks/{task_id:uuid}/take", guards=[may("tasks.assign")])
    async def take(
        self, request: PageRequest, task_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Take a task oneself."""
        form = await read_form(request, language_of(request))
        try:
            await tasks.assign_task(actor, task_id, AssignTask(actor.account_id), form.version())
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return _back(form, "taken")

    @post("/tasks/{task_id:uuid}/give", guards=[may("tasks.assign")])
    async def give(
        self, request: PageRequest, task_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Give a task to a colleague, or back to everybody."""
        form = await read_form(request, language_of(request))
        command = form.read(AssignTask, None, **({} if form.value("assignee_account_id")
                                                 else {"assignee_account_id": None}))  # fmt: skip
        if command is None:
            return await _inbox(request, actor, form, status=422)
        try:
            await tasks.assign_task(actor, task_id, command, form.version())
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return _back(form, "given")

    @post("/tasks/{task_id:uuid}/finish", guards=[may("tasks.finish")])
    async def finish(
        self, request: PageRequest, task_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Call a task done, with a note."""
        form = await read_form(request, language_of(request))
        command = form.read(FinishTask)
        if command is None:
            return await _inbox(request, actor, form, opened=f"finish-{task_id}", status=422)
        try:
            await tasks.finish_task(actor, task_id, command, form.version())
        except DomainError as error:
            return await _refused(request, actor, form, error)
        return _back(form, "task-done")

    @post("/tasks/hand-over", guards=[may("tasks.hand_over")])
    async def hand_over(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Give all one's open tasks to a colleague at the end of a shift."""
        form = await read_form(request, language_of(request))
        command = form.read(HandOver, None, from_account_id=actor.account_id)
        if command is None:
            return await _inbox(request, actor, form, opened="hand-over", status=422)
        try:
            await tasks.hand_over(actor, command)
        except DomainError as error:
            return await _refused(request, actor, form, error, opened="hand-over")
        return _back(form, "handed-over")


def _back(form: Form, done: str) -> Response[bytes]:
    """Return to the booking's page where the form stood, or to the same list of the desk."""
    if booking := _uuid(form.value("booking")):
        return go(f"{HERE}/bookings/{booking}", done=done)
    chosen = form.value("tasks")
    return go(
        HERE, facility=_uuid(form.value("facility")),
        tasks=chosen if chosen in TASK_LISTS[1:] else None, done=done,
    )  # fmt: skip


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _refused(
    request: PageRequest, actor: Actor, form: Form, error: DomainError, *, opened: str = ""
) -> Response[bytes]:
    form.refuse(error)
    return await _inbox(request, actor, form, opened=opened, status=409)


async def chosen_facility(
    request: PageRequest, actor: Actor, form: Form | None = None
) -> tuple[list[FacilityView], FacilityView | None]:
    """Return the facilities of the actor's organisation, and the one whose desk is shown."""
    own = await facilities.own_facilities(actor)
    wanted = form.value("facility") if form else request.query_params.get("facility")
    chosen = next((each for each in own if str(each.id) == wanted), None)
    return own, chosen or next(iter(own), None)


async def _inbox(
    request: PageRequest, actor: Actor, form: Form | None = None, *, opened: str = "",
    status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    own, facility = await chosen_facility(request, actor, form)
    wanted = request.query_params.get("list") or ""
    name = wanted if wanted in LISTS else LISTS[0]
    found = await referrals.worklist(actor, name)
    if not wanted and not found.items:
        name = next((each for each in LISTS if found.counts.get(each)), name)
        found = await referrals.worklist(actor, name)
    chosen = request.query_params.get("tasks") or ""
    chosen = chosen if chosen in TASK_LISTS else TASK_LISTS[0]
    listed, requests = TaskPage([], TaskCounts(0, 0, 0, 0), None), list[BookingView]()
    if facility is not None:
        listed = await _tasks(request, actor, facility.id, chosen)
        requests = await _requests(actor, facility.id)
    about = await bookings.show_bookings(actor, [each.booking_id for each in listed.items])
    shown = [*requests, *about.values()]
    people = await patients.list_patients(actor, list({b.patient_id for b in shown}))
    return page(
        request,
        "facility_desk.html",
        status=status,
        form=form,
        open=opened,
        facilities=own,
        facility=facility,
        requests=requests,
        task_lists=TASK_LISTS,
        task_list=chosen,
        tasks=listed.items,
        counts=listed.counts,
        following=listed.next,
        about=about,
        colleagues=await team.list_colleagues(actor),
        on_stay=False,
        may_answer=bool(permissions.rows_for(actor, "bookings.accept")),
        lists=LISTS,
        name=name,
        found=found,
        patients={p.id: p.name.display for p in people},
        treatments=await treatment_names(actor, language),
    )


async def _tasks(request: PageRequest, actor: Actor, facility_id: UUID, chosen: str) -> TaskPage:
    done = chosen == "done"
    query = TaskQuery(
        status=TaskStatus.DONE if done else TaskStatus.OPEN,
        assignee=actor.account_id if chosen == "mine" else None,
        unassigned=chosen == "unassigned",
        cursor=request.query_params.get("after"),
        limit=30,
    )
    try:
        return await tasks.list_tasks(actor, facility_id, query)
    except CursorInvalid:
        first = msgspec.structs.replace(query, cursor=None)
        return await tasks.list_tasks(actor, facility_id, first)


async def _requests(actor: Actor, facility_id: UUID) -> list[BookingView]:
    """Return the bookings on request that wait for an answer, the first due first."""
    query = DeskQuery(status=(BookingStatus.AWAITING_FACILITY,), limit=100)
    found = await bookings.list_desk(actor, facility_id, query)

    def due(booking: BookingView) -> datetime:
        return booking.answer_due_at or booking.starts_at

    return sorted(found.items, key=due)
