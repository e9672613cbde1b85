"""Why a task cannot be moved."""

from domain.errors import Conflict, Invalid, NotFound


class NoSuchTask(NotFound):
    code = "task_not_found"
    title = "There is no such task among yours"


class TaskDone(Conflict):
    code = "task_done"
    title = "The task is done already"


class NotByHand(Conflict):
    code = "task_ends_by_its_matter"
    title = "This task is done when what it asks for is done"


class NoSuchMember(Invalid):
    code = "no_such_member"
    title = "Nobody with this account works for the facility now"
