"""The words for refusals and for what has been done: what happened, and what to do next."""

import msgspec

from api.http.problems import status_of
from api.web import booking_refusals, credential_refusals, time_words
from api.web.directory_words import DIRECTORY
from api.web.done_words import DONE
from api.web.languages import N_, Language
from api.web.stay_words import STAY
from api.web.telling_words import TELLING
from domain.errors import DomainError


class Problem(msgspec.Struct, frozen=True):
    """A refusal in words: what happened, and what to do next."""

    code: str
    title: str
    advice: str


_ERRORS: dict[str, tuple[str, str]] = {
    **TELLING,
    **STAY,
    **DIRECTORY,
    **booking_refusals.ERRORS,
    **credential_refusals.ERRORS,
    **time_words.ERRORS,
    "nothing_asked": (
        N_("This search asks for nothing."),
        N_("Please write a word or choose a filter, then keep it."),
    ),
    "too_many_saved_searches": (
        N_("You keep twenty searches already."),
        N_("Please forget one below, then keep this one."),
    ),
    "slot_taken": (
        N_("Somebody else has just taken this time."),
        N_("Please choose another one below; nothing was charged."),
    ),
    "no_such_slot": (
        N_("This time can no longer be booked."),
        N_("Please choose one of the free times below; nothing was charged."),
    ),
    "hold_expired": (
        N_("The hold has ended and the time was released."),
        N_("Nothing was charged. Please choose a time again; it may still be free."),
    ),
    "offer_changed": (
        N_("The facility has changed this offer since you opened it."),
        N_("Nothing was held. Please look at the present price and terms and choose again."),
    ),
    "too_many_holds": (
        N_("Three times are already held for this patient."),
        N_("Please pay for one or release one under My bookings, then choose again."),
    ),
    "credential_not_valid": (
        N_("The facility's credentials do not cover this date."),
        N_("Please choose an earlier date or another facility."),
    ),
    "wrong_state": (
        N_("This is no longer possible: something has happened in the meantime."),
        N_("Please look at the present state on this page."),
    ),
    "stale_version": (
        N_("Somebody has changed this since you opened the page."),
        N_("Please look at the present state and repeat what you wanted to do."),
    ),
    "wrong_credentials": (
        N_("E-mail, password and code do not match an account."),
        N_("Please check them. With an authenticator app its present code is needed as well."),
    ),
    "attempt_too_early": (
        N_("After wrong attempts the next one has to wait a little."),
        N_("Please wait half a minute and try again."),
    ),
    "too_many_requests": (
        N_("That was a lot in a short time."),
        N_("Please wait a minute and try again."),
    ),
    "sign_in_busy": (
        N_("Many people sign in right now."),
        N_("Please try again in a few seconds."),
    ),
    "passkey_required": (
        N_("In this role people sign in with a passkey."),
        N_("Please use the passkey button above. If yours is lost, ask your administrator."),
    ),
    "passkey_refused": (
        N_("The passkey was not accepted."),
        N_("Please try again, or use another one of yours."),
    ),
    "passkey_not_registered": (
        N_("The passkey could not be registered."),
        N_("Please try again."),
    ),
    "passkey_known": (
        N_("This passkey is registered already."),
        N_("You can sign in with it."),
    ),
    "code_refused": (
        N_("The code is wrong or was used already."),
        N_("Please wait for the next one and try again."),
    ),
    "eid_refused": (
        N_("Your identity was not proved."),
        N_("Nothing was changed. Please start again here, in this browser."),
    ),
    "eid_unavailable": (
        N_("The identity service does not answer."),
        N_("Please try again in a minute, or use another way."),
    ),
    "eid_level_too_low": (
        N_("The identity service was not sure enough who you are."),
        N_("Please sign in there in a stronger way, for example with your signature key."),
    ),
    "eid_not_linked": (
        N_("No account is linked with this identity."),
        N_("Please sign in as before and link it under Account."),
    ),
    "eid_differs": (
        N_("The identity has another date of birth than your file."),
        N_("It was not linked. If your file is wrong, please write to the operator."),
    ),
    "eid_linked_elsewhere": (
        N_("This identity cannot be linked with your account."),
        N_("If that is unexpected, please write to the operator."),
    ),
    "eid_known": (
        N_("Your account is linked with this service already."),
        N_("Please remove that link first."),
    ),
    "enrolment_refused": (
        N_("This code is wrong, was used or has run out."),
        N_("Please ask for a new one."),
    ),
    "mandate_refused": (
        N_("This code is wrong, was used or has run out."),
        N_("Please ask for a new one."),
    ),
    "own_mandate": (
        N_("This is your own file."),
        N_("You need no mandate for it."),
    ),
    "access_known": (
        N_("You may act for this patient already."),
        N_("To change it, the present mandate has to end first."),
    ),
    "not_a_minor": (
        N_("An adult has an account of their own, or gives a mandate."),
        N_("Please check the date of birth."),
    ),
    "care_under_way": (
        N_("A booking or treatment is still open."),
        N_("Please end or cancel it first."),
    ),
    "erasure_asked": (
        N_("Erasure was asked for already."),
        N_("You find its state below."),
    ),
    "wrong_erasure_state": (
        N_("The request has moved on in the meantime."),
        N_("Please look at its present state on this page."),
    ),
    "legal_hold": (
        N_("An authority has ordered that this data be kept."),
        N_("Erasure has to wait until the order is lifted."),
    ),
    "link_refused": (
        N_("This link is wrong, was used already or has run out."),
        N_("Please ask for a new one."),
    ),
    "password_wrong": (
        N_("This is not your present password."),
        N_("Please write the one you sign in with now."),
    ),
    "licence_number_needed": (
        N_("People in this role have a licence."),
        N_("Please write its number as the register spells it."),
    ),
    "already_member": (
        N_("This person already has this role here."),
        N_("Nothing needs to be done."),
    ),
    "wrong_role_for_organisation": (
        N_("An organisation of this kind has nobody in this role."),
        N_("Please choose another role."),
    ),
    "last_administrator": (
        N_("Somebody has to manage the team."),
        N_("Please let another member administer first."),
    ),
    "invitation_for_another": (
        N_("This invitation was sent to another address."),
        N_("Please sign in with the account that has it."),
    ),
    "licence_not_found": (
        N_("This licence no longer waits."),
        N_("A colleague may have decided already; please load the page again."),
    ),
    "key_unusable": (
        N_("This is not a public key that a system can sign with."),
        N_("It has to be a JSON Web Key on the curve P-256 or Ed25519, or of 2048 to 4096 bits."),
    ),
    "private_key_sent": (
        N_("This was a private key, which nobody but the system may know."),
        N_("Nothing was stored. Please have a new pair made, and paste its public half."),
    ),
    "key_known": (
        N_("The system has or had this key, or another one of this name."),
        N_("Please paste a new key."),
    ),
    "last_key": (
        N_("This is the last key of the system."),
        N_("Please add another one first, or shut the system out."),
    ),
    "too_many_keys": (
        N_("A system has at most five keys."),
        N_("Please retire one first."),
    ),
    "too_many_clients": (
        N_("There are as many systems as there may be."),
        N_("Please shut out one that is no longer needed."),
    ),
    "last_factor": (
        N_("This is the last strong way into your account."),
        N_("Please add another one first."),
    ),
    "email_taken": (
        N_("There is already an account with this e-mail."),
        N_("Please sign in instead."),
    ),
    "weak_password": (
        N_("This password is among the first that others would try."),
        N_("Please choose a longer phrase."),
    ),
    "impossible_birth_date": (
        N_("The date of birth must be a past date."),
        N_("Please correct it."),
    ),
    "care_code_unknown": (
        N_("This code does not hold."),
        N_("Codes work once and for half an hour. Please ask the patient for a new one."),
    ),
    "consent_needed": (
        N_("The patient's consent is needed for this."),
        N_("Please try again once the patient has agreed."),
    ),
    "other_text_shown": (
        N_("What would be sent has changed since you opened the page."),
        N_("Please read it again before you answer."),
    ),
    "four_eyes": (
        N_("A second officer has to confirm what you have verified."),
        N_("Please ask a colleague to sign in and confirm it."),
    ),
    "evidence_missing": (
        N_("The evidence is missing."),
        N_("Please give the address of the register page, or the evidence's fingerprint."),
    ),
    "quote_unsound": (
        N_("The lines of the quote do not add up."),
        N_("At least one included line needs a price, and a line that may be needed needs a cap."),
    ),
    "interest_not_declared": (
        N_("The declaration of interests is missing."),
        N_("Referrals are only sent when nobody is paid for them. Please tick the declaration."),
    ),
    "facility_not_listed": (
        N_("This facility may not take foreign patients at present."),
        N_("Please choose another facility."),
    ),
    "quote_expired": (
        N_("The quote has expired."),
        N_("Please ask the facility for a new one."),
    ),
    "quote_open": (
        N_("There is already an open quote."),
        N_("The patient has to answer it first."),
    ),
    "wrong_consent_state": (
        N_("This consent has already been answered or has ended."),
        N_("Please look at its present state on this page."),
    ),
    "offer_withdrawn": (
        N_("The facility no longer makes this offer."),
        N_("Please search for other offers of the same treatment."),
    ),
    "unreadable_document": (
        N_("The file is not JSON that can be read safely."),
        N_("Please choose the file your system exports as a patient summary (FHIR JSON)."),
    ),
    "not_an_ips": (
        N_("The file is not an International Patient Summary."),
        N_("Please choose the file your system exports as a patient summary (FHIR JSON)."),
    ),
    "payment_gateway_unavailable": (
        N_("The payment service does not answer."),
        N_("Nothing was charged. Please try again in a minute."),
    ),
    "payment_refused": (
        N_("The payment service refused this payment."),
        N_("Please try another card, or ask your bank."),
    ),
    "facility_asked_already": (
        N_("This facility was already asked in this case."),
        N_("Please open the referral that exists, or choose another facility."),
    ),
    "form_stale": (
        N_("This form was open for too long, or was opened before you signed in."),
        N_("Please go back, load the page again and send it once more. Nothing was changed."),
    ),
    "foreign_origin": (
        N_("This request came from another site and was refused."),
        N_("Please use the forms on our own pages."),
    ),
    "unknown_address": (
        N_("There is no page under this address."),
        N_("Check the address, or start again from the home page."),
    ),
    "forbidden": (
        N_("You are not allowed to see or do this."),
        N_("If it should be yours, sign in under the role it belongs to."),
    ),
    "internal_error": (
        N_("Something went wrong on our side."),
        N_("Nothing was half done. Please try again; the number below helps us to find the fault."),
    ),
    "unavailable": (
        N_("The service is very busy at the moment."),
        N_("Please try again in a few seconds. Nothing was changed."),
    ),
    "not_found": (
        N_("This does not exist, or you may not see it."),
        N_("Check the address, or sign in with the account it belongs to."),
    ),
    "conflict": (
        N_("This is not possible as things stand."),
        N_("Please load the page again and look at the present state."),
    ),
    "invalid": (
        N_("Something in the form is not right yet."),
        N_("Please correct what is marked and send it again."),
    ),
}

_BY_STATUS = {
    401: "forbidden", 403: "forbidden", 404: "not_found", 405: "unknown_address",
    409: "conflict", 412: "stale_version", 400: "invalid", 413: "invalid", 422: "invalid",
    429: "unavailable", 500: "internal_error", 503: "unavailable",
}  # fmt: skip


def problem_of(language: Language, code: str, status: int) -> Problem:
    """Return the words for a refusal's code, or for its kind where the code has none."""
    title, advice = _ERRORS.get(code) or _ERRORS[_BY_STATUS.get(status, "conflict")]
    return Problem(code, language.gettext(title), language.gettext(advice))


def problem(language: Language, error: DomainError) -> Problem:
    """Return the words for a domain error."""
    return problem_of(language, error.code, status_of(error))


def done(language: Language, code: str) -> str | None:
    """Return the sentence that says what has just been done."""
    message = DONE.get(code)
    return language.gettext(message) if message else None
