"""Who may move a task."""

from typing import Any

from domain.actor import Actor
from domain.permissions import service as permissions
from domain.permissions.types import Relation
from domain.tasks.errors import NoSuchTask
from domain.tasks.types import TaskSide


def require_owner(actor: Actor, task: Any, action: str) -> None:
    """Refuse all but the people of the facility whose task it is; raises NoSuchTask, WrongRole."""
    subject = ("task", task["id"])
    ours = actor.organisation_id == task["facility_organisation_id"]
    if not ours or task["side"] != TaskSide.FACILITY.value:
        raise NoSuchTask(subject=subject)
    permissions.require(actor, action, relation=Relation.FACILITY, subject=subject)
