"""What a patient sees: next steps, bookings, consents, the care code and who saw what."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import labels
from api.web.booking_steps import listed
from api.web.forms import Form, read_form
from api.web.languages import N_, Language, home_zone, language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.bookings import service as bookings
from domain.catalogue import service as catalogue
from domain.consents import service as consents
from domain.consents.types import Category, ConsentStatus, ConsentView, Grant, Label
from domain.errors import DomainError
from domain.patients import service as patients
from domain.patients.types import PatientView
from domain.records import service as records
from domain.referrals import service as referrals
from domain.referrals.types import ReferralStatus
from domain.waitlist import service as waitlist
from domain.waitlist.types import WaitStatus

_WAITING = (WaitStatus.WAITING, WaitStatus.OFFERED)
TEXT_LANGUAGES = ("en", "tr", "kk", "ru")
"""The languages in which the words of a consent exist."""

# What an act is called to the patient it concerned: the verb after the capability's dot.
_ACTS = {
    "show": N_("looked at it"),
    "show_record": N_("opened the record"),
    "read_section": N_("read a part of the record"),
    "read_shared": N_("read what you share"),
    "read_stay": N_("looked at it"),
    "read": N_("read a part of the record"),
    "import": N_("added a summary to the record"),
    "import_ips": N_("added a summary to the record"),
    "add_entries": N_("wrote into the record"),
    "preview": N_("previewed a consent"),
    "request": N_("asked for your consent"),
    "request_consent": N_("asked for your consent"),
    "grant": N_("allowed reading"),
    "deny": N_("refused reading"),
    "revoke": N_("took a consent back"),
    "suspend": N_("paused a consent"),
    "resume": N_("resumed a consent"),
    "take_into_care": N_("took you into their care"),
    "create_care_code": N_("made a code for a practice"),
    "hold": N_("held a time"),
    "confirmed": N_("confirmed a booking"),
    "open": N_("began a case or payment"),
    "captured": N_("took a payment"),
}
_ABOUT = {
    "patients": N_("Your file"),
    "records": N_("Your record"),
    "consents": N_("A consent"),
    "referrals": N_("A referral"),
    "bookings": N_("A booking"),
    "payments": N_("A payment"),
    "cases": N_("A case"),
    "aftercare": N_("Care at home"),
    "letters": N_("Invitation letter"),
    "identity": N_("Your account"),
}


def act(language: Language, action: str) -> tuple[str, str]:
    """Return what an audited act concerned and what was done, in the reader's words."""
    room, _, verb = action.partition(".")
    about = language.gettext(_ABOUT[room]) if room in _ABOUT else room
    done = language.gettext(_ACTS[verb]) if verb in _ACTS else verb.replace("_", " ")
    return about, done


async def treatment_names(actor: Actor, language: Language) -> dict[str, str]:
    """Return the treatments' names in the reader's language."""
    return {t.code: t.name for t in await catalogue.list_treatments(actor, language.tag)}


class PatientPages(Controller):
    path = "/me"
    include_in_schema = False

    @get(guards=[may("pages.patient")])
    async def next_steps(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what waits for the patient, the most pressing first."""
        language = language_of(request)
        mine = await patients.list_patients(actor)
        zones = {patient.id: home_zone(patient.home_state) for patient in mine}
        booked = listed(language, await bookings.list_bookings(actor), zones)
        asked = await consents.list_consents(actor)
        open_referrals = (await referrals.worklist(actor, "open")).items
        return page(
            request,
            "me.html",
            waiting=booked.waiting,
            coming=[each.booking for each in booked.coming],
            consents=[c for c in asked.items if c.status is ConsentStatus.REQUESTED],
            to_choose=[r for r in open_referrals if r.status is ReferralStatus.QUOTED],
            referrals=open_referrals,
            waits=sum(each.status in _WAITING for each in await waitlist.list_waits(actor)),
            treatments=await treatment_names(actor, language),
        )

    @get("/consents", guards=[may("pages.patient")])
    async def my_consents(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """List the consents: what is asked, what is allowed, what is past."""
        found = (await consents.list_consents(actor)).items
        zone = _zone(await patients.list_patients(actor))
        return page(request, "consents.html", consents=found, zone=zone)

    @get("/consents/{consent_id:uuid}", guards=[may("pages.patient")])
    async def consent(
        self, request: PageRequest, consent_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show exactly what would be, or is, shared."""
        return await _consent_page(request, actor, consent_id)

    @post("/consents/{consent_id:uuid}", guards=[may("pages.patient")])
    async def answer(
        self, request: PageRequest, consent_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Preview a narrower consent, allow, refuse, pause or take back."""
        language = language_of(request)
        form = await read_form(request, language)
        answer, version = form.value("answer"), form.version()
        if answer == "preview":
            return await _consent_page(request, actor, consent_id, form)
        if answer == "grant" or answer in _ANSWERS:
            first = await or_step_up(request, actor, f"consents.{answer}", form)
            if first:
                return first
        try:
            if answer == "grant":
                consent = await consents.show_consent(actor, consent_id)
                grant = _grant(form, consent, language)
                if grant is None:
                    return await _consent_page(request, actor, consent_id, form, status=422)
                await consents.grant_consent(actor, consent_id, grant, version)
            elif answer in _ANSWERS:
                await _ANSWERS[answer][0](actor, consent_id, version)
            else:
                return await _consent_page(request, actor, consent_id)
        except DomainError as error:
            form.refuse(error)
            return await _consent_page(request, actor, consent_id, form, status=409)
        done = "granted" if answer == "grant" else _ANSWERS[answer][1]
        return go(f"/me/consents/{consent_id}", done=done)

    @get("/care-code", guards=[may("pages.patient")])
    async def ask_care_code(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Explain the code with which a practice takes a patient into its care."""
        mine = await patients.list_patients(actor)
        return page(request, "care_code.html", patients=mine, options=_options(mine))

    @post("/care-code", guards=[may("patients.create_care_code")])
    async def care_code(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Make a code and show it, once."""
        form = await read_form(request, language_of(request))
        mine = await patients.list_patients(actor)
        chosen = next((p for p in mine if str(p.id) == form.value("patient_id")), mine[0])
        return page(
            request,
            "care_code.html",
            patients=mine,
            options=_options(mine),
            chosen=chosen,
            code=await patients.create_care_code(actor, chosen.id),
            zone=home_zone(chosen.home_state),
        )

    @get("/accesses", guards=[may("pages.patient")])
    async def accesses(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show who saw or changed what, refused attempts included."""
        language = language_of(request)
        mine = await patients.list_patients(actor)
        wanted = request.query_params.get("patient")
        chosen = next((p for p in mine if str(p.id) == wanted), mine[0] if mine else None)
        seen = await patients.list_disclosures(actor, chosen.id) if chosen else []
        everything = request.query_params.get("all") == "yes"
        if not everything:
            seen = [each for each in seen if each.organisation]
        return page(
            request,
            "accesses.html",
            patients=mine,
            chosen=chosen,
            everything=everything,
            seen=[(each, *act(language, each.action)) for each in seen],
            zone=home_zone(chosen.home_state) if chosen else "UTC",
        )


_ANSWERS: dict[str, tuple[Any, str]] = {
    "deny": (consents.deny_consent, "denied"),
    "suspend": (consents.suspend_consent, "suspended"),
    "resume": (consents.resume_consent, "resumed"),
    "revoke": (consents.revoke_consent, "revoked"),
}


def _zone(mine: list[PatientView]) -> str:
    return home_zone(mine[0].home_state) if mine else "UTC"


def _options(mine: list[PatientView]) -> list[tuple[str, str]]:
    return [(str(patient.id), patient.name.display) for patient in mine]


def _grant(form: Form | None, consent: ConsentView, language: Language) -> Grant | None:
    """Return the terms the patient has chosen; all that was asked while nothing is chosen."""
    spoken = language.tag if language.tag in TEXT_LANGUAGES else "en"
    if form is None:
        return Grant(excluded_labels=consent.excluded_labels, language=spoken)
    kept = [each for each in consent.categories if each.value not in form.values("left_out")]
    if not kept:
        form.complain("left_out", N_("Nothing is left to allow: leave out less, or refuse."))
        return None
    excluded = {*consent.excluded_labels, *(
        each for each in Label if each.value in form.values("excluded_labels")
    )}  # fmt: skip
    until = _last_moment(form, consent)
    if until is None:
        return None
    shown = form.value("text_sha256") if form.value("answer") == "grant" else ""
    return Grant(
        categories=kept,
        excluded_labels=[each for each in Label if each in excluded],
        valid_until=until,
        language=spoken,
        text_sha256=shown or None,
    )


def _last_moment(form: Form, consent: ConsentView) -> datetime | None:
    """Return the end of the last day chosen, never after the end that was asked for."""
    try:
        day = date.fromisoformat(form.value("valid_until"))
        chosen = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        form.complain("valid_until", N_("Choose the last day."))
        return None
    return min(chosen, consent.valid_until)


async def _consent_page(
    request: PageRequest, actor: Actor, consent_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    consent = await consents.show_consent(actor, consent_id)
    preview = None
    if consent.status in (ConsentStatus.REQUESTED, ConsentStatus.GRANTED):
        grant = _grant(form, consent, language) or _grant(None, consent, language)
        try:
            preview = await records.preview_consent(actor, consent_id, grant or Grant())
        except DomainError as error:
            (form := form or Form(language)).refuse(error)
            status = max(status, 409)
            preview = await records.preview_consent(
                actor, consent_id, _grant(None, consent, language) or Grant()
            )
    mine = await patients.list_patients(actor, [consent.patient_id])
    return page(
        request,
        "consent.html",
        status=status,
        form=form,
        consent=consent,
        preview=preview,
        patient=mine[0].name.display if mine else "",
        zone=_zone(mine),
        until=_shown_until(form, consent),
        categories=list(Category),
        sensitive=[
            (each.value, labels.label(language, "sensitive", each), each in consent.excluded_labels)
            for each in Label
        ],
    )


def _shown_until(form: Form | None, consent: ConsentView) -> str:
    return (form.value("valid_until") if form else "") or consent.valid_until.date().isoformat()
