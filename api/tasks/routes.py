"""Tasks: a facility's worklist, its shifts, and what a patient must see to."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Cursor, Limit, UnknownParameter, require_known
from domain.actor import Actor
from domain.cursor import CursorInvalid
from domain.errors import Forbidden, StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.tasks import service
from domain.tasks.errors import NoSuchMember, NoSuchTask, NotByHand, TaskDone
from domain.tasks.types import (
    AssignTask,
    FinishTask,
    HandedOver,
    HandOver,
    TaskList,
    TaskPage,
    TaskQuery,
    TaskStatus,
    TaskView,
)

_MOVES = (NoSuchTask, TaskDone, Forbidden, StaleVersion, VersionNeeded)


class FacilityTasksController(Controller):
    path = "/v1/facilities/{facility_id:uuid}/tasks"
    tags = ["Tasks"]

    @get(
        operation_id="listTasks",
        guards=[may("tasks.list")],
        summary="The worklist of a facility",
        responses=problems(NoSuchFacility, CursorInvalid, UnknownParameter),
    )
    async def list_tasks(
        self,
        request: Request[Any, Any, Any],
        facility_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        status: Annotated[TaskStatus, QueryParameter(required=False)] = TaskStatus.OPEN,
        assignee: Annotated[UUID | None, QueryParameter(required=False)] = None,
        unassigned: Annotated[bool, QueryParameter(required=False)] = False,
        booking_id: Annotated[UUID | None, QueryParameter(required=False)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> TaskPage:
        """List what one's facility must see to, the soonest due first, with counts of all."""
        require_known(request, "status", "assignee", "unassigned", "booking_id", "cursor", "limit")
        query = TaskQuery(
            status=status, assignee=assignee, unassigned=unassigned, booking_id=booking_id,
            cursor=cursor, limit=limit,
        )  # fmt: skip
        return await service.list_tasks(actor, facility_id, query)


class TasksController(Controller):
    path = "/v1"
    tags = ["Tasks"]

    @get(
        "/me/tasks",
        operation_id="listOwnTasks",
        guards=[may("tasks.list_own")],
        summary="What I must see to",
    )
    async def list_own(self, actor: NamedDependency[Actor]) -> TaskList:
        """List what waits for the caller, for themself or whom they act for."""
        return await service.list_own(actor)

    @post(
        "/tasks/{task_id:uuid}/assign",
        operation_id="assignTask",
        guards=[may("tasks.assign")],
        summary="Give a task to somebody",
        status_code=200,
        responses=problems(*_MOVES, NoSuchMember),
    )
    async def assign(
        self,
        task_id: FromPath[UUID],
        data: JSONBody[AssignTask],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[TaskView]:
        """Give an open task to a member of the facility, or back to everybody."""
        view = await service.assign_task(actor, task_id, data, version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/tasks/{task_id:uuid}/finish",
        operation_id="finishTask",
        guards=[may("tasks.finish")],
        summary="Call a task done",
        status_code=200,
        responses=problems(*_MOVES, NotByHand),
    )
    async def finish(
        self,
        task_id: FromPath[UUID],
        data: JSONBody[FinishTask],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[TaskView]:
        """Call a task done, unless somebody's clock hangs on what it asks for."""
        view = await service.finish_task(actor, task_id, data, version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/tasks/hand-over",
        operation_id="handOverTasks",
        guards=[may("tasks.hand_over")],
        summary="Hand a shift over",
        status_code=200,
        responses=problems(NoSuchFacility, NoSuchMember, Forbidden),
    )
    async def hand_over(
        self, data: JSONBody[HandOver], actor: NamedDependency[Actor]
    ) -> HandedOver:
        """Give all open tasks of one member to another, each with the note."""
        return await service.hand_over(actor, data)
