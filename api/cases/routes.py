"""Cases and episodes."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from domain.actor import Actor
from domain.cases import service
from domain.cases.service import NoSuchCase, NoSuchEpisode
from domain.cases.types import CaseView, EpisodeView, OpenCase
from domain.catalogue.errors import NoSuchTreatment
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.patients.errors import NoSuchPatient


class CasesController(Controller):
    path = "/v1"
    tags = ["Cases"]

    @post(
        "/cases",
        operation_id="openCase",
        guards=[may("cases.open")],
        summary="Open a case",
        responses=problems(
            NoSuchPatient, NoSuchTreatment, KeyReused, RequestInProgress, UnusableKey
        ),
    )
    async def open_case(
        self,
        data: JSONBody[OpenCase],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> CaseView:
        """Open a case for a patient one acts for, or who is in one's practice's care."""
        return await service.open_case(actor, data, once(idempotency_key, data))

    @get("/cases", operation_id="listCases", guards=[may("cases.read")], summary="My cases")
    async def list_cases(self, actor: NamedDependency[Actor]) -> list[CaseView]:
        """List the cases of one's patients or practice, newest first."""
        return await service.list_cases(actor)

    @get(
        "/cases/{case_id:uuid}",
        operation_id="showCase",
        guards=[may("cases.read")],
        summary="One case",
        responses=problems(NoSuchCase),
    )
    async def show_case(self, case_id: FromPath[UUID], actor: NamedDependency[Actor]) -> CaseView:
        """Return a case with its episodes."""
        return await service.show_case(actor, case_id)

    @get(
        "/episodes/{episode_id:uuid}",
        operation_id="showEpisode",
        guards=[may("cases.read_episode")],
        summary="One episode",
        responses=problems(NoSuchEpisode),
    )
    async def show_episode(
        self, episode_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> EpisodeView:
        """Return one facility's part in a case."""
        return await service.show_episode(actor, episode_id)
