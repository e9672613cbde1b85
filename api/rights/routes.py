"""A person's rights over HTTP, and the desks that decide on erasure and legal holds."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from api.http.guards import may
from api.http.problems import problems
from api.identity.routes import ended_cookie
from api.rights.archive import archived
from domain.actor import Actor
from domain.errors import Forbidden, NotFound
from domain.identity import closing
from domain.identity.errors import LastAdministrator
from domain.patients.errors import NoSuchPatient
from domain.rights import export, service
from domain.rights.errors import (
    CareUnderWay,
    ErasureAsked,
    HeldAlready,
    NoSuchErasure,
    NoSuchHold,
    OnHold,
    SameEyes,
    WrongErasureState,
)
from domain.rights.types import ErasureView, HoldView, PlaceHold, RefuseErasure


class RightsController(Controller):
    path = "/v1"
    tags = ["Rights"]

    @post(
        "/me/close",
        operation_id="closeAccount",
        status_code=204,
        guards=[may("identity.close_account")],
        summary="Close my account",
        responses=problems(LastAdministrator),
    )
    async def close(self, actor: NamedDependency[Actor]) -> Response[None]:
        """End every session, role and way in; the patient file stays until it is erased."""
        await closing.close_account(actor)
        return Response(None, status_code=204, cookies=[ended_cookie()])

    @get(
        "/patients/{patient_id:uuid}/export",
        operation_id="exportPatient",
        guards=[may("patients.export")],
        summary="Everything about a patient, as one archive",
        responses={
            200: ResponseSpec(
                data_container=bytes,
                generate_examples=False,
                media_type="application/zip",
                description="JSON for each part, as the API shapes it, and the files",
            ),
            **problems(NoSuchPatient, Forbidden),
        },
        response_headers=[ResponseHeader(name="Content-Disposition", documentation_only=True)],
    )
    async def export(self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Stream:
        """Return a ZIP archive with all that is held about the patient; at most 5 a day."""
        found = await export.export_patient(actor, patient_id)
        return export_of(actor, patient_id, found)

    @post(
        "/patients/{patient_id:uuid}/erasures",
        operation_id="askErasure",
        guards=[may("erasures.ask")],
        summary="Ask for erasure",
        responses=problems(NoSuchPatient, Forbidden, CareUnderWay, ErasureAsked),
    )
    async def ask(self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ErasureView:
        """Ask that everything about the patient be erased; two others decide."""
        return await service.ask_erasure(actor, patient_id)

    @get(
        "/erasures",
        operation_id="listErasures",
        guards=[may("erasures.list")],
        summary="Requests for erasure",
    )
    async def list_erasures(self, actor: NamedDependency[Actor]) -> list[ErasureView]:
        """List one's own requests, or all for operators and auditors, newest first."""
        return await service.list_erasures(actor)

    @post(
        "/erasures/{erasure_id:uuid}/withdraw",
        operation_id="withdrawErasure",
        status_code=200,
        guards=[may("erasures.withdraw")],
        summary="Take a request for erasure back",
        responses=problems(NoSuchErasure, Forbidden, WrongErasureState),
    )
    async def withdraw(
        self, erasure_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> ErasureView:
        """Take it back before the second person has confirmed it."""
        return await service.withdraw_erasure(actor, erasure_id)

    @post(
        "/erasures/{erasure_id:uuid}/review",
        operation_id="reviewErasure",
        status_code=200,
        guards=[may("erasures.review")],
        summary="Nothing stands against it: the first of two",
        responses=problems(NoSuchErasure, CareUnderWay, OnHold, SameEyes, WrongErasureState),
    )
    async def review(
        self, erasure_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> ErasureView:
        """Find that neither care under way nor a legal hold stands against it."""
        return await service.review_erasure(actor, erasure_id)

    @post(
        "/erasures/{erasure_id:uuid}/confirm",
        operation_id="confirmErasure",
        status_code=200,
        guards=[may("erasures.confirm")],
        summary="Erase: the second of two",
        responses=problems(NoSuchErasure, CareUnderWay, OnHold, SameEyes, WrongErasureState),
    )
    async def confirm(
        self, erasure_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> ErasureView:
        """Have the keys destroyed within seconds; nothing brings the data back."""
        return await service.confirm_erasure(actor, erasure_id)

    @post(
        "/erasures/{erasure_id:uuid}/refuse",
        operation_id="refuseErasure",
        status_code=200,
        guards=[may("erasures.refuse")],
        summary="Refuse a request for erasure",
        responses=problems(NoSuchErasure, WrongErasureState),
    )
    async def refuse(
        self,
        erasure_id: FromPath[UUID],
        data: JSONBody[RefuseErasure],
        actor: NamedDependency[Actor],
    ) -> ErasureView:
        """Say which law keeps the data; the person reads it."""
        return await service.refuse_erasure(actor, erasure_id, data)

    @get(
        "/patients/{patient_id:uuid}/holds",
        operation_id="listHolds",
        guards=[may("holds.list")],
        summary="Legal holds of a patient",
        responses=problems(NotFound),
    )
    async def holds(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[HoldView]:
        """List the orders that keep, or kept, the data of a patient of the officer's state."""
        return await service.list_holds(actor, patient_id)

    @post(
        "/patients/{patient_id:uuid}/holds",
        operation_id="placeHold",
        guards=[may("holds.place")],
        summary="Keep a patient's data from erasure",
        responses=problems(NotFound, HeldAlready),
    )
    async def place(
        self,
        patient_id: FromPath[UUID],
        data: JSONBody[PlaceHold],
        actor: NamedDependency[Actor],
    ) -> HoldView:
        """Note an authority's order; until it is lifted no key of the patient can be destroyed."""
        return await service.place_hold(actor, patient_id, data)

    @post(
        "/holds/{hold_id:uuid}/lift",
        operation_id="liftHold",
        status_code=200,
        guards=[may("holds.lift")],
        summary="Lift a legal hold",
        responses=problems(NoSuchHold),
    )
    async def lift(self, hold_id: FromPath[UUID], actor: NamedDependency[Actor]) -> HoldView:
        """End an order; an erasure that waited for it is carried out within a minute."""
        return await service.lift_hold(actor, hold_id)


def export_of(actor: Actor, patient_id: UUID, found: export.Export) -> Stream:
    """Answer an export as a download."""
    return Stream(
        archived(actor, found),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="shifayol-{patient_id}.zip"',
            "Cache-Control": "no-store",
        },
    )
