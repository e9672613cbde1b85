"""What the pages say of what has just been done."""

from api.web import credential_refusals, time_words
from api.web.languages import N_

DONE = {
    **credential_refusals.DONE,
    **time_words.DONE,
    "account-opened": N_("Your account is open. Please sign in."),
    "password-changed": N_("Your password is changed. Sign in with it from now on."),
    "email-asked": N_("We have sent a link to the new address; open it to go on."),
    "invited": N_("The invitation is on its way."),
    "system-registered": N_(
        "The system is registered. Its makers need the number that stands below its name."
    ),
    "erasure-asked": N_(
        "Your request is noted. Two people decide on it, and you are told by mail."
    ),
    "account-closed": N_("Your account is closed."),
    "joined": N_("You have joined. You find the role below."),
    "licence-verified": N_("Verified. The person may act in the role now."),
    "licence-refused": N_("Refused. The role has ended and the person is told."),
    "passkey-added": N_("The passkey is registered. Sign in with it from now on."),
    "eid-linked": N_("Your identity is linked. It opens your account from now on."),
    "removed": N_("It is removed."),
    "sessions-ended": N_("The session has ended there."),
    "mandate-ended": N_("The mandate has ended."),
    "mandate-taken": N_("You may act for them now."),
    "signed-out": N_("You are signed out."),
    "held": N_("The time is held for you."),
    "paid": N_("The deposit is paid."),
    "cancelled": N_("The booking is cancelled."),
    "released": N_("The time is released. Nothing was charged."),
    "granted": N_("You have allowed it. You can take it back at any time."),
    "denied": N_("You have refused. Nothing will be sent."),
    "revoked": N_("You have taken your consent back. Reading has ended at once."),
    "suspended": N_("Reading is paused."),
    "resumed": N_("Reading is possible again."),
    "in-care": N_("The patient is now in the care of your practice."),
    "sent": N_("Sent."),
    "asked": N_("The referral is written. Send it once the patient has agreed."),
    "accepted": N_("Accepted."),
    "declined": N_("Declined. The other side has been told."),
    "quoted": N_("The quote has been sent to the patient."),
    "refused": N_("The quote is refused. This costs nothing."),
    "verified": N_("Verified. A second officer has to confirm it."),
    "confirmed": N_("Confirmed. The credential is in force."),
    "search-kept": N_("The search is kept. You are told of new offers."),
    "saved": N_("Saved."),
    "discharged": N_("The patient is discharged."),
    "outcome": N_("The report has gone to the referring doctor and the patient."),
    "closed": N_("The loop is closed."),
}
