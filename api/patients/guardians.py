"""Guardians whom a court appointed, and the young adult who takes over their own file."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from domain.actor import Actor
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.jurisdictions import UnknownJurisdiction
from domain.patients import claims, guardians
from domain.patients.errors import (
    ClaimRefused,
    CourtOrderOver,
    GuardianshipAsked,
    GuardianshipCodeRefused,
    GuardianshipDecided,
    GuardianshipFourEyes,
    ImpossibleBirthDate,
    NoSuchGuardianship,
    NoSuchPatient,
    NotOfAge,
    OwnGuardianship,
    RepresentativesAccount,
    StillRepresented,
)
from domain.patients.types import (
    DeskCode,
    GuardianshipView,
    OfferClaim,
    OfferGuardianship,
    OpenWardFile,
    PatientView,
    RedeemCode,
)


class GuardiansController(Controller):
    path = "/v1"
    tags = ["Patients"]

    @post(
        "/wards",
        operation_id="openWardFile",
        guards=[may("guardianships.open")],
        summary="Open a ward's file",
        responses=problems(
            CourtOrderOver, ImpossibleBirthDate, UnknownJurisdiction, KeyReused,
            RequestInProgress, UnusableKey,
        ),
    )  # fmt: skip
    async def open_ward_file(
        self,
        data: JSONBody[OpenWardFile],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> GuardianshipView:
        """Open the file of a ward without one; an officer of the home state confirms first."""
        return await guardians.open_ward_file(actor, data, once(idempotency_key, data))

    @post(
        "/patients/{patient_id:uuid}/guardianships",
        operation_id="offerGuardianship",
        guards=[may("guardianships.offer")],
        summary="A guardian at the doctor's desk",
        responses=problems(NoSuchPatient, CourtOrderOver),
    )
    async def offer(
        self,
        patient_id: FromPath[UUID],
        data: JSONBody[OfferGuardianship],
        actor: NamedDependency[Actor],
    ) -> DeskCode:
        """Make the code for a guardian whose identity and order the doctor has seen."""
        return await guardians.offer_guardianship(actor, patient_id, data)

    @post(
        "/me/guardianships",
        operation_id="takeUpGuardianship",
        guards=[may("guardianships.take_up")],
        summary="Ask to act for a ward",
        responses=problems(GuardianshipCodeRefused, OwnGuardianship, GuardianshipAsked),
    )
    async def take_up(
        self, data: JSONBody[RedeemCode], actor: NamedDependency[Actor]
    ) -> GuardianshipView:
        """Ask with the practice's code; one acts once an officer has confirmed."""
        return await guardians.take_up_guardianship(actor, data)

    @get(
        "/guardianships",
        operation_id="listGuardianships",
        guards=[may("guardianships.list")],
        summary="Guardianships",
    )
    async def list_guardianships(self, actor: NamedDependency[Actor]) -> list[GuardianshipView]:
        """List one's own, one's practice's, or those of the officer's state, newest first."""
        return await guardians.list_guardianships(actor)

    @post(
        "/guardianships/{guardianship_id:uuid}/confirm",
        operation_id="confirmGuardianship",
        guards=[may("guardianships.confirm")],
        summary="Confirm a guardian",
        status_code=200,
        responses=problems(
            NoSuchGuardianship, GuardianshipDecided, CourtOrderOver, OwnGuardianship,
            GuardianshipFourEyes,
        ),
    )  # fmt: skip
    async def confirm(
        self, guardianship_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> GuardianshipView:
        """Let a guardian act until the order ends, as an officer who has seen it."""
        return await guardians.confirm_guardianship(actor, guardianship_id)

    @post(
        "/guardianships/{guardianship_id:uuid}/refuse",
        operation_id="refuseGuardianship",
        guards=[may("guardianships.refuse")],
        summary="Refuse a guardian",
        status_code=200,
        responses=problems(NoSuchGuardianship, GuardianshipDecided, GuardianshipFourEyes),
    )
    async def refuse(
        self, guardianship_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> GuardianshipView:
        """Refuse a guardian whose order does not hold."""
        return await guardians.refuse_guardianship(actor, guardianship_id)

    @post(
        "/guardianships/{guardianship_id:uuid}/end",
        operation_id="endGuardianship",
        guards=[may("guardianships.end")],
        summary="End a guardianship",
        status_code=200,
        responses=problems(NoSuchGuardianship, GuardianshipDecided),
    )
    async def end(
        self, guardianship_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> GuardianshipView:
        """End a guardianship at once: an officer may, and the guardian who resigns."""
        return await guardians.end_guardianship(actor, guardianship_id)

    @post(
        "/patients/{patient_id:uuid}/claims",
        operation_id="offerClaim",
        guards=[may("patients.offer_claim")],
        summary="Hand a file over to its patient",
        responses=problems(NoSuchPatient, NotOfAge, StillRepresented),
    )
    async def offer_claim(
        self, patient_id: FromPath[UUID], data: JSONBody[OfferClaim], actor: NamedDependency[Actor]
    ) -> DeskCode:
        """Make the code with which a patient of age, whom the doctor has seen, takes over."""
        return await claims.offer_claim(actor, patient_id, data)

    @post(
        "/me/claims",
        operation_id="claimFile",
        guards=[may("patients.claim")],
        summary="Take over my own file",
        responses=problems(ClaimRefused, NotOfAge, StillRepresented, RepresentativesAccount),
    )
    async def claim(self, data: JSONBody[RedeemCode], actor: NamedDependency[Actor]) -> PatientView:
        """Take over one's file with the practice's code, as the patient oneself."""
        return await claims.claim_file(actor, data)
