"""Patients, the access to their files, and how a practice takes a patient into its care."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.audit.service import Disclosure
from domain.errors import Forbidden
from domain.jurisdictions import UnknownJurisdiction
from domain.patients import mandates, service
from domain.patients.errors import CareCodeUnknown, ImpossibleBirthDate, NoSuchPatient, NotAMinor
from domain.patients.types import (
    AccessView,
    NewCareCode,
    OpenChildFile,
    PatientView,
    RedeemCareCode,
)


class PatientsController(Controller):
    path = "/v1"
    tags = ["Patients"]

    @get(
        "/patients",
        operation_id="listPatients",
        guards=[may("patients.list")],
        summary="The patients I may see",
    )
    async def list_patients(self, actor: NamedDependency[Actor]) -> list[PatientView]:
        """List one's own file and those one acts for; a doctor's list is the practice's."""
        return await service.list_patients(actor)

    @post(
        "/patients",
        operation_id="openChildFile",
        guards=[may("patients.open_for_child")],
        summary="Open a child's file",
        responses=problems(NotAMinor, ImpossibleBirthDate, UnknownJurisdiction),
    )
    async def open_child_file(
        self, data: JSONBody[OpenChildFile], actor: NamedDependency[Actor]
    ) -> PatientView:
        """Open the file of a minor; the parent's access ends by itself when they come of age."""
        return await mandates.open_child_file(actor, data)

    @get(
        "/patients/{patient_id:uuid}",
        operation_id="showPatient",
        guards=[may("patients.show")],
        summary="One patient",
        responses=problems(NoSuchPatient),
    )
    async def show_patient(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> PatientView:
        """Return a patient's name, date of birth and home state."""
        return await service.show_patient(actor, patient_id)

    @get(
        "/patients/{patient_id:uuid}/access",
        operation_id="listAccess",
        guards=[may("patients.list_access")],
        summary="Who may act for a patient",
        responses=problems(NoSuchPatient),
    )
    async def list_access(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[AccessView]:
        """Return who may act for the patient; a mandate's holder sees their own only."""
        return await mandates.list_accesses(actor, patient_id)

    @get(
        "/patients/{patient_id:uuid}/accesses",
        operation_id="listDisclosures",
        guards=[may("patients.list_disclosures")],
        summary="Who saw what",
        responses=problems(NoSuchPatient, Forbidden),
    )
    async def list_disclosures(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[Disclosure]:
        """List who read or changed the patient's data, refused attempts included."""
        return await service.list_disclosures(actor, patient_id)

    @post(
        "/patients/{patient_id:uuid}/care-codes",
        operation_id="createCareCode",
        guards=[may("patients.create_care_code")],
        summary="Make a code for a practice",
        responses=problems(NoSuchPatient, Forbidden),
    )
    async def create_care_code(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> NewCareCode:
        """Make a code that one practice can use within 30 minutes."""
        return await service.create_care_code(actor, patient_id)

    @post(
        "/care-relations",
        operation_id="redeemCareCode",
        guards=[may("patients.redeem_care_code")],
        summary="Take a patient into care",
        responses=problems(CareCodeUnknown),
    )
    async def redeem_care_code(
        self, data: JSONBody[RedeemCareCode], actor: NamedDependency[Actor]
    ) -> PatientView:
        """Use a patient's code: the practice may then open cases for them."""
        return await service.redeem_care_code(actor, data)
