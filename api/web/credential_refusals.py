"""The words for refusals about credentials, and for what has been done with them."""

from api.web.languages import N_

ERRORS: dict[str, tuple[str, str]] = {
    "own_decision": (
        N_("This is your own decision."),
        N_("Please ask a colleague to judge the appeal against it."),
    ),
    "unknown_scope": (
        N_("A suspension names specialties and treatments of the catalogue."),
        N_("Please choose among those on the page."),
    ),
    "impossible_dates": (
        N_("The dates do not fit together."),
        N_("Please check which day comes first, and that what is to come lies ahead."),
    ),
    "evidence_unusable": (
        N_("This file cannot serve as evidence."),
        N_("Please choose a file of your own organisation that has been checked."),
    ),
    "not_to_renew": (
        N_("There is nothing to renew."),
        N_("Only a credential with a last day that has not passed can be renewed."),
    ),
    "renewal_filed": (
        N_("A renewal already waits for an officer."),
        N_("Nothing needs to be done."),
    ),
    "no_renewal_filed": (
        N_("No renewal waits any more."),
        N_("Please look at the present state on this page."),
    ),
    "appeal_filed": (
        N_("This decision has already been appealed."),
        N_("Please look at the present state on this page."),
    ),
    "no_appeal_filed": (
        N_("No appeal is open any more."),
        N_("Please look at the present state on this page."),
    ),
    "credential_known": (
        N_("This certificate has already been handed in."),
        N_("You find it in the list."),
    ),
    "unknown_accreditor": (
        N_("Nobody knows this body."),
        N_("Please write its name as the list of accreditors spells it."),
    ),
    "accreditor_not_recognised": (
        N_("The accreditor was not recognised here on the day of issue."),
        N_("Please check the day, or ask the authority whether it recognises the body."),
    ),
    "accreditor_known": (
        N_("A body of this name is in the list already."),
        N_("Please record the recognition with that name."),
    ),
    "recognition_known": (
        N_("This decision has already been recorded."),
        N_("You find it with the accreditor."),
    ),
    "recognition_confirmed": (
        N_("A colleague has already confirmed this."),
        N_("Nothing needs to be done."),
    ),
    "recognition_over": (
        N_("This recognition has ended."),
        N_("Please record a new one."),
    ),
}

DONE = {
    "rechecked": N_("Checked. The date of the next check is set."),
    "conditions-imposed": N_("The credential holds on conditions."),
    "conditions-lifted": N_("The credential holds without conditions."),
    "credential-suspended": N_("Suspended. What rests on it hides from that moment."),
    "credential-reinstated": N_("The suspension has ended."),
    "credential-revoked": N_("Revoked. What rests on it hides from that moment."),
    "renewal-filed": N_("The renewal is filed. An officer has to acknowledge it."),
    "renewal-acknowledged": N_("Acknowledged. Treatments after the last day are covered."),
    "renewal-refused": N_("Refused. The holder reads why."),
    "appeal-filed": N_("Your appeal is filed."),
    "appeal-withdrawn": N_("Your appeal is taken back."),
    "stayed": N_("The decision is stayed; the credential holds again."),
    "stay-lifted": N_("The stay is lifted; the decision has its effect again."),
    "appeal-decided": N_("The appeal is decided."),
    "accreditor-added": N_("The body is in the list. Nobody recognises it yet."),
    "recognition-recorded": N_("Recorded. A second officer has to confirm it."),
    "recognition-confirmed": N_("Confirmed. Accreditations of this body count from now on."),
    "recognition-ended": N_("The recognition has ended. What was issued before still counts."),
    "handed-in": N_("Handed in. Two officers of your state look at it."),
    "authorisation-handed-in": N_("Handed in. Two officers of that state look at it."),
}
