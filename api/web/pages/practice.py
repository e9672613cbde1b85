"""The referring doctor's desk: worklists, taking a patient into care, and a new referral."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may
from api.web import labels
from api.web.booking_steps import COMING, THERE
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.patient import treatment_names
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.aftercare import service as aftercare
from domain.aftercare.types import PlanStatus
from domain.bookings import service as bookings
from domain.cases import service as cases
from domain.cases.types import OpenCase, Urgency
from domain.catalogue import service as catalogue
from domain.consents.types import Category
from domain.errors import DomainError
from domain.ids import new_id
from domain.patients import service as patients
from domain.patients.types import RedeemCareCode
from domain.records import service as records
from domain.referrals import service as referrals
from domain.referrals.types import CreateReferral
from domain.search import service as search
from domain.search.types import MAX_LIMIT, OfferQuery

IPS_LIMIT = 17 * 1024 * 1024
LISTS = ("drafts", "to-answer", "waiting", "came-back", "closed")


class PracticePages(Controller):
    path = "/practice"
    include_in_schema = False

    @get(guards=[may("pages.practice")])
    async def worklist(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show one worklist with the counts of all, and the patients in care."""
        return await _desk(request, actor)

    @post("/care-codes", guards=[may("patients.redeem_care_code")])
    async def redeem(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Take a patient into care with the code they read out, and go on to the referral."""
        form = await read_form(request, language_of(request))
        command = form.read(
            RedeemCareCode, {"code": N_("The code has ten letters and digits, like ABCDE-23456.")}
        )
        if command is not None:
            try:
                patient = await patients.redeem_care_code(actor, command)
                return go("/practice/referrals/new", patient=patient.id, done="in-care")
            except DomainError as error:
                form.refuse(error)
        return await _desk(request, actor, form, status=422)

    @get("/referrals/new", guards=[may("referrals.create")])
    async def ask_referral(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the referral form; it fills itself once patient and treatment are chosen."""
        return await _referral_form(request, actor)

    @post("/referrals/new", request_max_body_size=IPS_LIMIT, guards=[may("referrals.create")])
    async def refer(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Write the referral and ask the patient for consent; a summary is imported first."""
        form = await read_form(request, language_of(request))
        case = form.read(OpenCase, urgency=Urgency(_urgency(form)))
        referral = form.read(
            CreateReferral,
            {"letter": N_("Write at least a sentence about what is needed and why.")},
            case_id=new_id(),
            priority=Urgency(_urgency(form)),
            categories=form.values("categories") or None,
            declares_no_interest=form.checked("declares_no_interest"),
        )
        if case is None or referral is None:
            return await _referral_form(request, actor, form, status=422)
        try:
            summary = form.files.get("summary")
            if summary:
                await records.import_ips(actor, case.patient_id, summary)
            # The same form sent twice makes one case and one referral.
            opened = await cases.open_case(actor, case, form.once(case))
            command = CreateReferral(
                case_id=opened.id,
                facility_id=referral.facility_id,
                priority=referral.priority,
                letter=referral.letter or "",
                categories=referral.categories,
                declares_no_interest=referral.declares_no_interest,
            )
            made = await referrals.create_referral(actor, command, form.once(command))
        except DomainError as error:
            form.refuse(error)
            return await _referral_form(request, actor, form, status=422)
        return go(f"/practice/referrals/{made.id}", done="asked")


def _urgency(form: Form) -> str:
    wanted = form.value("priority")
    return wanted if wanted in {u.value for u in Urgency} else Urgency.ROUTINE.value


async def _desk(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    wanted = request.query_params.get("list") or ""
    name = wanted if wanted in LISTS else "waiting"
    found = await referrals.worklist(actor, name)
    if not wanted and not found.items:
        name = next((each for each in LISTS if found.counts.get(each)), name)
        found = await referrals.worklist(actor, name)
    booked = await bookings.list_bookings(actor)
    booked.sort(key=lambda each: (each.status not in COMING | THERE, each.starts_at))
    mine = await patients.list_patients(actor)
    return page(
        request,
        "practice.html",
        status=status,
        form=form,
        lists=LISTS,
        name=name,
        found=found,
        treatments=await treatment_names(actor, language_of(request)),
        patients=mine,
        names={patient.id: patient.name.display for patient in mine},
        bookings=booked,
        asked=sum(
            plan.status is PlanStatus.ASKED for plan in (await aftercare.list_plans(actor)).items
        ),
    )


async def _referral_form(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    language, params = language_of(request), request.query_params

    def chosen(name: str, parameter: str) -> str:
        return form.value(name) if form else (params.get(parameter) or "")

    names = await treatment_names(actor, language)
    code = chosen("treatment", "treatment")
    treatment = None
    places: list[tuple[str, str]] = []
    if code in names:
        treatment = await catalogue.show_treatment(actor, code, language.tag)
        found = await search.search_offers(
            actor, OfferQuery(treatment=(code,), limit=MAX_LIMIT, lang=language.tag)
        )
        places = list(dict(_place(item, language) for item in found.items).items())
    mine = await patients.list_patients(actor)
    patient_id = chosen("patient_id", "patient")
    return page(
        request,
        "referral_new.html",
        status=status,
        form=form,
        patients=[(str(p.id), p.name.display) for p in mine],
        patient=next((p for p in mine if str(p.id) == patient_id), None),
        treatments=sorted(names.items(), key=lambda each: each[1]),
        treatment=treatment,
        places=places,
        categories=list(Category),
        usual=treatment.record_categories if treatment else [],
        urgencies=[
            (u.value, labels.label(language, "urgency", u))
            for u in (Urgency.ROUTINE, Urgency.URGENT)
        ],
        attempt=str(new_id()),
    )


def _place(item: Any, language: Any) -> tuple[str, str]:
    where = f"{item.facility.city}, {language.state(item.facility.state)}"
    return str(item.facility.id), f"{item.facility.name} · {where} · {language.money(item.price)}"
