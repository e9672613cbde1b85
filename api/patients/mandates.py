"""Acting for somebody else: mandates, parents' access, and ending either."""

from uuid import UUID

from litestar import Controller, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.errors import Forbidden
from domain.patients import mandates
from domain.patients.errors import (
    AccessKnown,
    MandateOutlivesGiver,
    MandateRefused,
    MandateTooLong,
    NoSuchAccess,
    NoSuchMandate,
    NoSuchPatient,
    OwnMandate,
    SameWitness,
)
from domain.patients.types import (
    MandateCode,
    OfferMandate,
    OfferMandateAtDesk,
    PatientView,
    RedeemMandate,
)


class MandatesController(Controller):
    path = "/v1"
    tags = ["Patients"]

    @post(
        "/patients/{patient_id:uuid}/mandates",
        operation_id="offerMandate",
        guards=[may("mandates.offer")],
        summary="Let somebody act for me",
        responses=problems(NoSuchPatient, Forbidden, MandateTooLong, MandateOutlivesGiver),
    )
    async def offer(
        self,
        patient_id: FromPath[UUID],
        data: JSONBody[OfferMandate],
        actor: NamedDependency[Actor],
    ) -> MandateCode:
        """Make a code that one person can use within half an hour, signed in as themself."""
        return await mandates.offer_mandate(actor, patient_id, data)

    @post(
        "/patients/{patient_id:uuid}/desk-mandates",
        operation_id="offerMandateAtDesk",
        guards=[may("mandates.offer_at_desk")],
        summary="A mandate at the doctor's desk",
        responses=problems(NoSuchPatient, MandateTooLong),
    )
    async def offer_at_desk(
        self,
        patient_id: FromPath[UUID],
        data: JSONBody[OfferMandateAtDesk],
        actor: NamedDependency[Actor],
    ) -> MandateCode:
        """Make the code for a patient without a device, whose identity the doctor has checked."""
        return await mandates.offer_at_desk(actor, patient_id, data)

    @post(
        "/mandates/{mandate_offer_id:uuid}/confirm",
        operation_id="confirmPaperMandate",
        guards=[may("mandates.confirm")],
        summary="Confirm a mandate on paper",
        status_code=204,
        responses=problems(NoSuchMandate, NoSuchPatient, SameWitness),
    )
    async def confirm(
        self, mandate_offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> None:
        """Confirm as a second member of the practice; only then the code works."""
        await mandates.confirm_paper(actor, mandate_offer_id)

    @post(
        "/me/mandates",
        operation_id="takeUpMandate",
        guards=[may("mandates.take_up")],
        summary="Take up a mandate",
        responses=problems(MandateRefused, OwnMandate, AccessKnown),
    )
    async def take_up(
        self, data: JSONBody[RedeemMandate], actor: NamedDependency[Actor]
    ) -> PatientView:
        """Use a mandate's code: from now on the account acts for the patient."""
        return await mandates.redeem_mandate(actor, data)

    @delete(
        "/accesses/{access_id:uuid}",
        operation_id="withdrawAccess",
        guards=[may("mandates.withdraw")],
        summary="End a mandate",
        responses=problems(NoSuchAccess),
    )
    async def withdraw(self, access_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """End a mandate at once: the patient may, its holder, and the caring practice."""
        await mandates.withdraw_access(actor, access_id)
