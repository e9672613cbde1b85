"""The words of a stay: tasks, reasons, what goes along, refusals, and what has been done."""

from api.web.languages import N_

_REASONS = {
    "medically_unfit": N_("medically unfit"),
    "not_indicated": N_("the treatment is not indicated"),
    "change_refused": N_("the change was refused"),
    "consent_refused": N_("no consent to the procedure"),
    "facility_unable": N_("the facility is unable to treat"),
    "recovery": N_("recovery takes longer"),
    "complication": N_("a complication"),
    "further_treatment": N_("further treatment"),
    "not_fit_to_travel": N_("not fit to travel"),
    "higher_level_of_care": N_("a higher level of care is needed"),
    "patient_wish": N_("the patient wishes it"),
    "no_capacity": N_("no capacity"),
    "own_wish": N_("own wish"),
    "family": N_("family reasons"),
    "costs": N_("costs"),
    "dissatisfied": N_("dissatisfied"),
    "not_said": N_("not said"),
    "other": N_("another reason"),
    "not_answered": N_("the facility did not answer in time"),
    "referral_ended": N_("the referral has ended"),
    "visa_refused": N_("the visa was refused"),
    "death": N_("a death"),
}

_ITEMS = {
    "companion": N_("Companion"),
    "interpreter": N_("Interpreter"),
    "transfer": N_("Transfer"),
    "stay": N_("Accommodation"),
    "medical_transfer": N_("Medical transfer"),
}

LABELS: dict[str, dict[str, str]] = {
    "task": {
        "answer_request": N_("Answer the request"),
        "decide_change": N_("Decide about the change"),
        "justify_variation": N_("Say why the operation needed more"),
        "report_to_insurer": N_("Tell the insurer of the complication"),
        "write_letter": N_("Write the discharge letter"),
        "decide_claim": N_("Decide about the claimed ground"),
        "secure_bed": N_("Find a bed for the longer stay"),
        "resolve_credential": N_("The credentials no longer cover the day: find a way"),
        "resolve_time": N_("The time no longer stands: find another"),
        "arrange_item": N_("Arrange what goes along"),
        "answer_question": N_("Answer the question after discharge"),
        "follow_up": N_("See to the visit after discharge"),
    },
    "task_list": {
        "all": N_("All"),
        "mine": N_("Mine"),
        "unassigned": N_("Nobody's"),
        "done": N_("Done"),
    },
    "task_reason": {
        **_REASONS,
        **_ITEMS,
        "feed_clash": N_("an imported calendar has the time taken"),
        "rule_changed": N_("the opening hours have changed"),
        "closure": N_("the facility is closed then"),
        "affiliation_ended": N_("the practitioner has left"),
    },
    "stay_reason": _REASONS,
    "desk_claim": {
        "claimed": N_("Waits for a decision"),
        "confirmed": N_("Confirmed"),
        "refused": N_("Refused"),
    },
    "change": {
        "assessment": N_("Change after the assessment"),
        "reschedule": N_("Another time"),
        "intra_operative": N_("What the operation needed"),
    },
    "change_status": {
        "proposed": N_("Waits for the patient"),
        "accepted": N_("Accepted"),
        "refused": N_("Refused"),
        "withdrawn": N_("Taken back"),
        "recorded": N_("Recorded"),
    },
    "assessment": {
        "proceed": N_("Go on as planned"),
        "change_order": N_("Propose a change"),
        "not_treated": N_("Do not treat"),
    },
    "signed_by": {
        "patient": N_("the patient"),
        "parent": N_("a parent"),
        "guardian": N_("a guardian"),
    },
    "plan": {
        "asked": N_("Asked"),
        "accepted": N_("Accepted"),
        "declined": N_("Declined"),
        "stated": N_("Named by the patient"),
        "replaced": N_("Replaced"),
    },
    "desk_list": {
        "coming": N_("Coming"),
        "here": N_("Here now"),
        "left": N_("To complete"),
        "ended": N_("Ended"),
        "all": N_("All"),
    },
}

_LOOK = N_("Please look at the present state on this page.")

STAY: dict[str, tuple[str, str]] = {
    "task_done": (N_("This task is done already."), _LOOK),
    "task_ends_by_its_matter": (
        N_("This task ends with what it asks for."),
        N_("Please open its booking and do it there; the task is then done by itself."),
    ),
    "no_such_member": (
        N_("This person no longer works here."),
        N_("Please choose another colleague."),
    ),
    "too_early": (
        N_("It is too early for this."),
        N_("Patients check in from a day before the start; two hours after it one may say that"
           " nobody came."),
    ),
    "impossible_time": (
        N_("This time contradicts what is known of the stay."),
        N_("Please correct the time that is marked."),
    ),
    "contradictory_request": (
        N_("The parts of the form contradict each other."),
        N_("Please correct what is marked and send it again."),
    ),
    "procedure_consent_missing": (
        N_("The signed consent to the procedure is missing."),
        N_("Please record it below; treatment can begin then."),
    ),
    "procedure_consent_known": (N_("The consent to the procedure is recorded already."), _LOOK),
    "complication_cover_missing": (
        N_("Insurance against complications is missing."),
        N_("The state asks for a policy that covers the day of treatment and the days after it."
           " Please record it below."),
    ),
    "not_assessed": (
        N_("The assessment does not say yet that the treatment may go on."),
        N_("Please assess the patient, or wait for the answer to the change."),
    ),
    "discharge_letter_missing": (
        N_("The discharge letter is missing."),
        N_("Please say below where it is; the stay can be completed then."),
    ),
    "change_order_open": (
        N_("Another change waits for the patient's answer."),
        N_("Please wait for the answer."),
    ),
    "change_order_decided": (N_("This was decided already."), _LOOK),
    "change_order_unsound": (
        N_("The lines do not add up to a price that can be charged."),
        N_("Included lines have to cover the deposit, and a line that may be needed needs a cap."),
    ),
    "price_limit_exceeded": (
        N_("The price would rise above what the patient agreed to at most."),
        N_("More than that can only be charged after a new agreement."),
    ),
    "cancellation_claim_decided": (N_("This was decided already."), _LOOK),
    "booking_item_incomplete": (
        N_("Something that this needs is missing."),
        N_("Please fill in what is marked. What is arranged names who supplies it."),
    ),
    "too_many_booking_items": (
        N_("This booking has as many additions as it can have."),
        N_("Please call one off first."),
    ),
    "unknown_language": (
        N_("This is not one of the languages of the network."),
        N_("Please choose one from the list."),
    ),
    "aftercare_answered": (N_("This was answered already."), _LOOK),
    "impossible_visit_day": (
        N_("A visit takes place after discharge and not in the future."),
        N_("Please correct the day."),
    ),
    "nothing_reserved": (
        N_("The booking no longer has a time of its own."),
        N_("Please propose another time, or cancel it; all money goes back then."),
    ),
    "unusable_instant": (
        N_("This day lies too far away."),
        N_("Please choose another one."),
    ),
    "idempotency_key_reused": (
        N_("This form was sent before with other words."),
        N_("Please load the page again and look at the present state."),
    ),
    "request_in_progress": (
        N_("This form is being worked on already."),
        N_("Please wait a moment and load the page again."),
    ),
}  # fmt: skip
"""What happened, and what to do next, by the code of the refusal."""

DONE = {
    "taken": N_("The task is yours."),
    "given": N_("The task is handed on."),
    "task-done": N_("The task is done."),
    "handed-over": N_("Your open tasks are handed over."),
    "checked-in": N_("The patient is checked in."),
    "no-show": N_("It is noted that nobody came."),
    "assessed": N_("The assessment is recorded."),
    "consent-recorded": N_("The consent to the procedure is recorded."),
    "cover-recorded": N_("The insurance is recorded."),
    "started": N_("The treatment has begun."),
    "varied": N_("It is recorded. Please say why within 24 hours."),
    "justified": N_("The reason is recorded."),
    "complication": N_("The complication is reported. The insurer is to be told within 24 hours."),
    "insurer-told": N_("It is noted that the insurer knows."),
    "extended": N_("The stay is extended."),
    "left": N_("It is recorded. The stay has ended."),
    "letter-added": N_("The discharge letter is on file."),
    "completed": N_("The stay is completed."),
    "time-proposed": N_("The time is changed, or waits for the patient's answer."),
    "item-saved": N_("What goes along is saved."),
    "item-cancelled": N_("It is called off."),
    "claim-decided": N_("Decided. The patient is told."),
    "question-answered": N_("The answer is on its way to the patient."),
    "visit-reported": N_("The visit is reported."),
}
