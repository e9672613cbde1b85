"""The table itself: every action a route may name, and who may do it.

One row says which roles may do the action to things they stand in one relation to; an action has a
row for each relation. Routes name the action (`may("room.verb")`), which asks the role, the second
factor and the step-up here; services ask the relation and the state; the isolation matrix of the
tests proves that both agree with the rows.
"""

from collections.abc import Iterable

from domain.actor import FACILITY_ROLES, ClientScope, Role
from domain.patients.types import AccessScope
from domain.permissions.types import Permission, Relation

_R = Role
PEOPLE = frozenset(_R) - {_R.FACILITY_SYSTEM}
PATIENT = frozenset({_R.PATIENT})
DOCTOR = frozenset({_R.REFERRING_DOCTOR})
CLINICIAN = frozenset({_R.CLINICIAN})
CLINICAL = frozenset({_R.CLINICIAN, _R.COORDINATOR})
DESK = frozenset({_R.COORDINATOR, _R.SCHEDULER})
STAFF = FACILITY_ROLES
OFFICER = frozenset({_R.MINISTRY_OFFICER})
OPERATOR = frozenset({_R.OPERATOR})
MEMBERS = PEOPLE - {_R.PATIENT}
OVERSEERS = frozenset({_R.OPERATOR, _R.AUDITOR})


def _public(*actions: str) -> Iterable[Permission]:
    for action in actions:
        yield Permission(action=action, roles=PEOPLE, relation=Relation.ANYONE)


def _own(
    *actions: str, step_up: bool = False, single_factor: bool = False, any_client: bool = False
) -> Iterable[Permission]:
    for action in actions:
        yield Permission(
            action=action, roles=PEOPLE, relation=Relation.ACCOUNT, step_up=step_up,
            single_factor=single_factor, any_client=any_client,
        )  # fmt: skip


def _to(
    relation: Relation,
    roles: frozenset[Role],
    *actions: str,
    scopes: Iterable[AccessScope] = (),
    states: Iterable[str] = (),
    step_up: bool = False,
    client_scope: ClientScope | None = None,
) -> Iterable[Permission]:
    for action in actions:
        yield Permission(
            action=action, roles=roles, relation=relation, scopes=frozenset(scopes),
            states=frozenset(states), step_up=step_up, client_scope=client_scope,
        )  # fmt: skip


_ACCESS, _PRACTICE, _FACILITY = Relation.ACCESS, Relation.PRACTICE, Relation.FACILITY
_CONSENT, _JURISDICTION, _PLATFORM = Relation.CONSENT, Relation.JURISDICTION, Relation.PLATFORM
_ORGANISATION = Relation.ORGANISATION

_VIEW, _PAY, _ACCEPT = AccessScope.VIEW, AccessScope.PAY, AccessScope.ACCEPT_QUOTE
_MAY_CONSENT = AccessScope.CONSENT

_HOLDING = ("active", "conditional", "renewal_filed")
_APPEALABLE = ("suspended", "revoked")

_BEFORE_MONEY = (
    "draft", "submitted", "received", "info_requested", "accepted", "quoted", "chosen",
)  # fmt: skip

_COMING = ("awaiting_facility", "confirmed")
_BEFORE_TREATMENT = ("confirmed", "checked_in", "pre_op_assessed")
_OPEN_STAY = (*_COMING, "checked_in", "pre_op_assessed", "in_treatment", "extended", "discharged")
_LEFT = ("discharged", "transferred_out", "left_against_advice", "died")

TABLE: tuple[Permission, ...] = (
    # Everybody
    *_public(
        "pages.read", "pages.static", "docs.read", "health.read", "metrics.read",
        "search.read", "search.suggest", "catalogue.read", "facilities.read",
        "availability.read_slots", "credentials.read", "keys.read",
        "identity.register", "identity.follow_link", "identity.sign_in", "identity.sign_in_demo",
        "identity.list_eid_providers",
        "payments.receive_event", "clients.discover", "clients.fetch_token",
        "calendars.read", "letters.verify",
    ),
    # One's own account
    *_own("identity.me", "identity.sign_out", single_factor=True),
    *_own("identity.permissions", single_factor=True, any_client=True),
    *_own("identity.list_sessions", "identity.revoke_session", "identity.sign_out_elsewhere",
          "identity.step_up", "identity.list_factors", "identity.add_factor",
          "identity.rename_passkey", "identity.change_password",
          "identity.accept_invitation", single_factor=True),
    *_own("identity.change_email", step_up=True),
    *_own("saved_searches.read", "saved_searches.save", "saved_searches.forget"),
    *_own("identity.wear_membership"),
    *_own("notices.list", "notices.mark_read", "notices.prefer",
          "calendars.list", "calendars.create", "calendars.change"),
    *_own("identity.remove_factor", "identity.renew_recovery_codes", step_up=True),
    *_to(Relation.ACCOUNT, PATIENT, "identity.link_eid", step_up=True),
    # Begun with a fresh proof ten minutes ago at most, by the account that finishes it
    *_to(Relation.ACCOUNT, PATIENT, "identity.finish_eid_link"),
    *_to(_PLATFORM, OPERATOR, "identity.issue_enrolment", step_up=True),
    *_to(_ORGANISATION, MEMBERS, "identity.issue_enrolment", step_up=True),
    # The pages that bring a role's work together; what they do names its own action
    *_to(Relation.ACCOUNT, PATIENT, "pages.patient"),
    *_to(Relation.ACCOUNT, DOCTOR, "pages.practice"),
    *_to(Relation.ACCOUNT, STAFF, "pages.facility"),
    *_to(Relation.ACCOUNT, OVERSEERS, "pages.oversight"),
    # Organisations
    *_to(_PLATFORM, OPERATOR, "identity.create_organisation"),
    *_to(_PLATFORM, OPERATOR, "identity.add_member", step_up=True),
    *_to(_PLATFORM, OPERATOR, "team.list"),
    *_to(Relation.TEAM, MEMBERS, "team.list"),
    *_to(_PLATFORM, OPERATOR, "team.invite", "team.withdraw_invitation", "team.end_membership",
         "team.set_administrator", step_up=True),
    *_to(Relation.TEAM, MEMBERS, "team.invite", "team.withdraw_invitation", "team.end_membership",
         "team.set_administrator", step_up=True),
    *_to(_PLATFORM, OPERATOR, "clients.list"),
    *_to(Relation.TEAM, STAFF, "clients.list"),
    *_to(_PLATFORM, OPERATOR, "clients.register", "clients.change", "clients.add_key",
         "clients.retire_key", "clients.revoke", step_up=True),
    *_to(Relation.TEAM, STAFF, "clients.register", "clients.change", "clients.add_key",
         "clients.retire_key", "clients.revoke", step_up=True),
    *_to(_PLATFORM, OPERATOR, "webhooks.list", "webhooks.replay"),
    *_to(Relation.TEAM, STAFF, "webhooks.list", "webhooks.replay"),
    *_to(_PLATFORM, OPERATOR, "webhooks.register", "webhooks.change", "webhooks.rotate",
         "webhooks.remove", step_up=True),
    *_to(Relation.TEAM, STAFF, "webhooks.register", "webhooks.change", "webhooks.rotate",
         "webhooks.remove", step_up=True),
    *_to(_JURISDICTION, OFFICER, "licences.list"),
    *_to(_JURISDICTION, OFFICER, "licences.verify", "licences.refuse", step_up=True),
    # Patients
    *_to(_ACCESS, PEOPLE, "patients.list", "patients.show", "patients.list_access"),
    *_to(_PRACTICE, DOCTOR, "patients.list", "patients.show"),
    *_to(_FACILITY, STAFF, "patients.list", "patients.show"),
    *_to(_ACCESS, PEOPLE, "patients.list_disclosures", scopes=[_VIEW]),
    *_to(_ACCESS, PEOPLE, "patients.create_care_code", scopes=[_MAY_CONSENT]),
    *_to(_PRACTICE, DOCTOR, "patients.redeem_care_code"),
    *_own("patients.open_for_child", "mandates.take_up"),
    *_to(_ACCESS, PEOPLE, "mandates.offer", step_up=True),
    *_to(_PRACTICE, DOCTOR, "mandates.offer_at_desk", "mandates.confirm", step_up=True),
    *_to(_ACCESS, PEOPLE, "mandates.withdraw"),
    *_to(_PRACTICE, DOCTOR, "mandates.withdraw"),
    # The rights of the person
    *_own("identity.close_account", step_up=True),
    *_to(_ACCESS, PATIENT, "patients.export", scopes=[_VIEW], step_up=True),
    *_to(_ACCESS, PATIENT, "erasures.ask", step_up=True),
    *_to(_ACCESS, PATIENT, "erasures.withdraw", "erasures.list"),
    *_to(_PLATFORM, OVERSEERS, "erasures.list"),
    *_to(_PLATFORM, OPERATOR, "erasures.review", states=["asked"], step_up=True),
    *_to(_PLATFORM, OPERATOR, "erasures.confirm", states=["reviewed"], step_up=True),
    *_to(_PLATFORM, OPERATOR, "erasures.refuse", states=["asked", "reviewed"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "holds.list"),
    *_to(_JURISDICTION, OFFICER, "holds.place", "holds.lift", step_up=True),
    # Wards, and who takes over their own file
    *_own("guardianships.open", "guardianships.take_up", "patients.claim", step_up=True),
    *_to(_PRACTICE, DOCTOR, "guardianships.offer", "patients.offer_claim", step_up=True),
    *_own("guardianships.list"),
    *_to(_JURISDICTION, OFFICER, "guardianships.confirm", "guardianships.refuse",
         "guardianships.end", step_up=True),
    *_to(_ACCESS, PATIENT, "guardianships.end", step_up=True),
    # Two files of one person
    *_to(_ACCESS, PATIENT, "merges.make_code", "merges.agree", step_up=True),
    *_to(_ACCESS, PATIENT, "merges.propose", "merges.confirm", "merges.undo", step_up=True),
    *_to(_JURISDICTION, OFFICER, "merges.propose", "merges.confirm", "merges.undo", step_up=True),
    *_to(_PLATFORM, OPERATOR, "merges.propose", "merges.confirm", "merges.undo", step_up=True),
    *_to(_ACCESS, PATIENT, "merges.read", "merges.preview", "merges.withdraw"),
    *_to(_JURISDICTION, OFFICER, "merges.read", "merges.preview", "merges.withdraw"),
    *_to(_PLATFORM, OPERATOR, "merges.read", "merges.preview", "merges.withdraw"),
    # Facilities, credentials, offers
    *_to(_PLATFORM, OPERATOR, "facilities.create", "facilities.assign"),
    *_to(_JURISDICTION, OFFICER, "registers.read", "registers.upload", "registers.discard"),
    *_to(_JURISDICTION, OFFICER, "registers.apply", step_up=True),
    *_to(_PLATFORM, OPERATOR, "registers.read", "registers.upload", "registers.discard"),
    *_to(_PLATFORM, OPERATOR, "registers.apply", step_up=True),
    *_to(_JURISDICTION, OFFICER, "duplicates.read", "duplicates.withdraw",
         "duplicates.tell_apart"),
    *_to(_JURISDICTION, OFFICER, "duplicates.merge", "duplicates.confirm", step_up=True),
    *_to(_PLATFORM, OPERATOR, "duplicates.read"),
    *_to(_FACILITY, STAFF, "credentials.submit", "profiles.write"),
    *_to(_PLATFORM, OPERATOR, "credentials.submit_authorisation"),
    *_to(_JURISDICTION, OFFICER, "credentials.list_queue"),
    *_to(_JURISDICTION, OFFICER, "credentials.verify", states=["pending"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.confirm", states=["pending"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.preview_suspension", states=_HOLDING),
    *_to(_JURISDICTION, OFFICER, "credentials.suspend", states=_HOLDING, step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.reinstate", states=["suspended"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.revoke", "credentials.recheck",
         states=[*_HOLDING, "suspended"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.impose_conditions",
         states=["active", "conditional"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.lift_conditions",
         states=["conditional", "renewal_filed"], step_up=True),
    *_to(_FACILITY, STAFF, "credentials.file_renewal", states=["active", "conditional"]),
    *_to(_ORGANISATION, OPERATOR, "credentials.file_renewal", states=["active", "conditional"]),
    *_to(_JURISDICTION, OFFICER, "credentials.acknowledge_renewal",
         states=["active", "conditional"], step_up=True),
    *_to(_JURISDICTION, OFFICER, "credentials.refuse_renewal", step_up=True),
    *_to(_FACILITY, STAFF, "credentials.appeal", "credentials.withdraw_appeal",
         states=_APPEALABLE),
    *_to(_ORGANISATION, OPERATOR, "credentials.appeal", "credentials.withdraw_appeal",
         states=_APPEALABLE),
    *_to(_JURISDICTION, OFFICER, "credentials.stay", "credentials.lift_stay",
         "credentials.decide_appeal", states=_APPEALABLE, step_up=True),
    *_to(_FACILITY, STAFF, "credentials.read_proceedings"),
    *_to(_ORGANISATION, OPERATOR, "credentials.read_proceedings"),
    *_to(_JURISDICTION, OFFICER, "credentials.read_proceedings"),
    *_to(_JURISDICTION, OFFICER, "credentials.add_accreditor", "credentials.record_recognition",
         "credentials.confirm_recognition", "credentials.end_recognition", step_up=True),
    *_to(_FACILITY, STAFF, "catalogue.create_offer", "catalogue.update_offer",
         "catalogue.withdraw_offer", "catalogue.upload_price_list", "catalogue.read_price_list",
         client_scope=ClientScope.OFFERS_WRITE),
    # Time
    *_to(_FACILITY, STAFF, "availability.list", client_scope=ClientScope.AVAILABILITY_READ),
    *_to(_FACILITY, STAFF, "availability.change", client_scope=ClientScope.AVAILABILITY_WRITE),
    # Cases
    *_to(_ACCESS, PEOPLE, "cases.open", scopes=[_VIEW]),
    *_to(_PRACTICE, DOCTOR, "cases.open"),
    *_to(_ACCESS, PEOPLE, "cases.read"),
    *_to(_PRACTICE, DOCTOR, "cases.read"),
    *_to(_ACCESS, PEOPLE, "cases.read_episode"),
    *_to(_PRACTICE, DOCTOR, "cases.read_episode"),
    *_to(_FACILITY, STAFF, "cases.read_episode"),
    # Bookings
    *_to(_ACCESS, PEOPLE, "bookings.hold", scopes=[_ACCEPT]),
    *_to(_ACCESS, PEOPLE, "bookings.read"),
    *_to(_PRACTICE, DOCTOR, "bookings.read"),
    *_to(_FACILITY, STAFF, "bookings.read", "bookings.list_of_facility",
         client_scope=ClientScope.BOOKINGS_READ),
    *_to(_ACCESS, PEOPLE, "bookings.pay", scopes=[_PAY], states=["held", "pending_payment"]),
    *_to(_ACCESS, PEOPLE, "bookings.cancel", scopes=[_ACCEPT],
         states=["held", "pending_payment", *_COMING]),
    *_to(_FACILITY, DESK, "bookings.cancel", states=_COMING),
    *_to(_FACILITY, DESK, "bookings.accept", "bookings.decline", states=["awaiting_facility"],
         client_scope=ClientScope.BOOKINGS_WRITE),
    *_to(_ACCESS, PEOPLE, "bookings.claim_ground", scopes=[_ACCEPT],
         states=[*_COMING, "cancelled_by_patient", "no_show"]),
    *_to(_FACILITY, DESK, "bookings.decide_claim"),
    *_to(_PLATFORM, OPERATOR, "bookings.decide_claim"),
    *_to(_ACCESS, PEOPLE, "bookings.reschedule", scopes=[_ACCEPT], states=_COMING),
    *_to(_FACILITY, DESK, "bookings.reschedule", states=_COMING),
    *_to(_ACCESS, PEOPLE, "bookings.change_items", scopes=[_ACCEPT], states=_OPEN_STAY),
    *_to(_FACILITY, DESK, "bookings.change_items", states=_OPEN_STAY),
    *_to(_ACCESS, PEOPLE, "bookings.decide_change", scopes=[_ACCEPT],
         states=[*_COMING, "checked_in", "pre_op_assessed"]),
    *_to(_FACILITY, DESK, "bookings.check_in", "bookings.no_show", states=["confirmed"]),
    *_to(_FACILITY, CLINICIAN, "bookings.assess", states=["checked_in", "pre_op_assessed"]),
    *_to(_FACILITY, CLINICAL, "bookings.record_consent", states=_BEFORE_TREATMENT),
    *_to(_ACCESS, PATIENT, "bookings.withdraw_consent", scopes=[_MAY_CONSENT, _VIEW],
         states=_BEFORE_TREATMENT),
    *_to(_ACCESS, PEOPLE, "bookings.record_cover", scopes=[_ACCEPT, _VIEW],
         states=_BEFORE_TREATMENT),
    *_to(_FACILITY, CLINICAL, "bookings.record_cover", states=_BEFORE_TREATMENT),
    *_to(_FACILITY, CLINICIAN, "bookings.start", states=["pre_op_assessed"]),
    *_to(_FACILITY, CLINICIAN, "bookings.record_variation", "bookings.extend_stay",
         "bookings.discharge", states=["in_treatment", "extended"]),
    *_to(_FACILITY, CLINICIAN, "bookings.justify_variation"),
    *_to(_FACILITY, CLINICIAN, "bookings.report_complication",
         states=["in_treatment", "extended", *_LEFT]),
    *_to(_FACILITY, CLINICAL, "bookings.add_claim"),
    *_to(_FACILITY, CLINICIAN, "bookings.transfer_out", "bookings.leave",
         "bookings.record_death",
         states=["checked_in", "pre_op_assessed", "in_treatment", "extended"]),
    *_to(_FACILITY, CLINICIAN, "bookings.add_letter", states=_LEFT),
    *_to(_FACILITY, CLINICAL, "bookings.complete", states=["discharged"]),
    *_to(_ACCESS, PEOPLE, "bookings.read_stay", scopes=[_VIEW]),
    *_to(_PRACTICE, DOCTOR, "bookings.read_stay"),
    *_to(_FACILITY, STAFF, "bookings.read_stay"),
    *_to(_FACILITY, DESK, "bookings.set_terms"),
    # The waitlist
    *_to(_ACCESS, PEOPLE, "waitlist.join", "waitlist.leave", scopes=[_ACCEPT]),
    *_to(_ACCESS, PEOPLE, "waitlist.read"),
    # Aftercare
    *_to(_ACCESS, PATIENT, "aftercare.plan", scopes=[_ACCEPT, _VIEW]),
    *_to(_ACCESS, PATIENT, "aftercare.read", "aftercare.report_visit", "aftercare.ask_question",
         scopes=[_VIEW]),
    *_to(_PRACTICE, DOCTOR, "aftercare.read"),
    *_to(_FACILITY, STAFF, "aftercare.read"),
    *_to(_ORGANISATION, DOCTOR, "aftercare.list_plans", "aftercare.answer_plan",
         "aftercare.read", "aftercare.report_visit"),
    *_to(_FACILITY, CLINICAL, "aftercare.report_visit", "aftercare.answer_question"),
    # Tasks
    *_to(_ACCESS, PATIENT, "tasks.list_own"),
    *_to(_FACILITY, STAFF, "tasks.list", "tasks.assign", "tasks.hand_over", "tasks.finish"),
    # Letters
    *_to(_ACCESS, PEOPLE, "letters.issue", scopes=[_VIEW], states=["confirmed"]),
    *_to(_ACCESS, PEOPLE, "letters.read", scopes=[_VIEW]),
    # Referrals
    *_to(_PRACTICE, DOCTOR, "referrals.create"),
    *_to(_ACCESS, PEOPLE, "referrals.read"),
    *_to(_PRACTICE, DOCTOR, "referrals.read"),
    *_to(_FACILITY, STAFF, "referrals.read"),
    *_to(_CONSENT, CLINICAL, "referrals.read_record"),
    *_to(_PRACTICE, DOCTOR, "referrals.submit", states=["draft"]),
    *_to(_FACILITY, STAFF, "referrals.receive", states=["submitted"]),
    *_to(_FACILITY, STAFF, "referrals.request_info", states=["received"]),
    *_to(_PRACTICE, DOCTOR, "referrals.answer", states=["info_requested"]),
    *_to(_FACILITY, CLINICIAN, "referrals.advise", "referrals.decline", "referrals.accept",
         states=["received"]),
    *_to(_FACILITY, STAFF, "referrals.quote", states=["accepted", "quoted", "quote_declined"]),
    *_to(_ACCESS, PATIENT, "referrals.choose", scopes=[_ACCEPT], states=["quoted"], step_up=True),
    *_to(_ACCESS, PATIENT, "referrals.refuse", scopes=[_ACCEPT], states=["quoted"]),
    *_to(_FACILITY, STAFF, "referrals.start", states=["scheduled"]),
    *_to(_FACILITY, CLINICIAN, "referrals.report", states=["in_treatment"]),
    *_to(_FACILITY, STAFF, "referrals.discharge", states=["in_treatment"]),
    *_to(_FACILITY, CLINICIAN, "referrals.outcome", states=["discharged"]),
    *_to(_PRACTICE, DOCTOR, "referrals.acknowledge",
         states=["outcome_sent", "declined", "advice_returned"]),
    *_to(_ACCESS, PATIENT, "referrals.cancel", scopes=[_ACCEPT],
         states=[*_BEFORE_MONEY, "funded", "scheduled"]),
    *_to(_PRACTICE, DOCTOR, "referrals.cancel", states=[*_BEFORE_MONEY, "funded", "scheduled"]),
    *_to(_FACILITY, STAFF, "referrals.confirm_cancel",
         states=["cancel_requested", "funded", "scheduled"]),
    *_to(_ACCESS, PATIENT, "referrals.worklist"),
    *_to(_PRACTICE, DOCTOR, "referrals.worklist"),
    *_to(_FACILITY, STAFF, "referrals.worklist"),
    # Money
    *_to(_ACCESS, PEOPLE, "payments.read"),
    *_to(_ACCESS, PEOPLE, "payments.pay_in_demo", scopes=[_PAY]),
    *_to(_PLATFORM, OVERSEERS, "ledger.read"),
    # Consents and records
    *_to(_ACCESS, PEOPLE, "consents.read"),
    *_to(_PRACTICE, DOCTOR, "consents.read"),
    *_to(_CONSENT, STAFF, "consents.read"),
    *_to(_ACCESS, PATIENT, "consents.request", scopes=[_MAY_CONSENT]),
    *_to(_PRACTICE, DOCTOR, "consents.request"),
    *_to(_ACCESS, PATIENT | DOCTOR, "consents.preview", scopes=[_MAY_CONSENT, _VIEW]),
    *_to(_ACCESS, PATIENT | DOCTOR, "consents.grant", scopes=[_MAY_CONSENT], states=["requested"],
         step_up=True),
    *_to(_ACCESS, PATIENT | DOCTOR, "consents.deny", scopes=[_MAY_CONSENT], states=["requested"]),
    *_to(_ACCESS, PATIENT | DOCTOR, "consents.suspend", scopes=[_MAY_CONSENT], states=["granted"]),
    *_to(_ACCESS, PATIENT | DOCTOR, "consents.resume", scopes=[_MAY_CONSENT], states=["suspended"],
         step_up=True),
    *_to(_ACCESS, PATIENT | DOCTOR, "consents.revoke", scopes=[_MAY_CONSENT],
         states=["granted", "suspended"]),
    *_to(_ACCESS, PATIENT, "records.read", scopes=[_VIEW]),
    *_to(_PRACTICE, DOCTOR, "records.read"),
    *_to(_CONSENT, CLINICAL, "records.read"),
    *_to(_ACCESS, PATIENT, "records.import", scopes=[_VIEW]),
    *_to(_PRACTICE, DOCTOR, "records.import", "records.add"),
    # Files
    *_to(_ACCESS, PATIENT, "files.upload", "files.list", "files.read", "files.delete",
         scopes=[_VIEW]),
    *_to(_PRACTICE, DOCTOR, "files.upload", "files.list", "files.read"),
    *_to(_CONSENT, CLINICAL | DOCTOR, "files.list", "files.read"),
    *_to(_ORGANISATION, STAFF, "files.upload", "files.upload_evidence", "files.list_evidence",
         "files.read"),
    *_to(_JURISDICTION, OFFICER, "files.read"),
)  # fmt: skip
