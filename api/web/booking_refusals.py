"""The words for refusals about bookings, what goes along with them, and what comes after."""

from api.web.languages import N_

ERRORS: dict[str, tuple[str, str]] = {
    "change_order_decided": (
        N_("This proposal was answered or taken back already."),
        N_("Please look at the present state on this page."),
    ),
    "change_order_not_found": (
        N_("There is no such proposal."),
        N_("Please look at the present state on this page."),
    ),
    "cancellation_claim_known": (
        N_("A reason was handed in for this booking already."),
        N_("You find its state below."),
    ),
    "booking_item_incomplete": (
        N_("Something is missing that the facility needs to arrange this."),
        N_("Please correct what is marked and send it again."),
    ),
    "too_many_booking_items": (
        N_("Twenty things go along with this booking already."),
        N_("Please call one off first."),
    ),
    "contradictory_request": (
        N_("The parts do not fit together."),
        N_("Please correct what is marked and send it again."),
    ),
    "media_type_not_allowed": (
        N_("Files of this kind cannot be used here."),
        N_("Please choose a PDF, or a photo as JPEG or PNG."),
    ),
    "file_too_large": (
        N_("This file is empty or too large."),
        N_("Please choose one of at most 25 MiB."),
    ),
    "unusable_name": (
        N_("The name of this file cannot be used."),
        N_("Please give the file a simple name and choose it again."),
    ),
    "too_many_uploads": (
        N_("Too many files are on their way at the same time."),
        N_("Please wait until they have arrived, then try again."),
    ),
    "store_unavailable": (
        N_("Files cannot be kept at the moment."),
        N_("Please try again in a minute. Nothing was changed."),
    ),
    "upload_busy": (
        N_("This file is still arriving."),
        N_("Please wait a moment and send the form again."),
    ),
    "request_in_progress": (
        N_("The same form is still being carried out."),
        N_("Please wait a moment and load the page again."),
    ),
    "idempotency_key_reused": (
        N_("This form was sent before with other words."),
        N_("Please load the page again and look whether it arrived."),
    ),
    "aftercare_provider_unclear": (
        N_("It is not clear who shall look after you."),
        N_("Please choose a practice, or name somebody else."),
    ),
    "aftercare_practice_unknown": (
        N_("There is no such practice."),
        N_("Please choose one of the list, or name somebody else."),
    ),
    "aftercare_plan_known": (
        N_("Somebody else was asked at the same moment."),
        N_("Please look at the present state on this page."),
    ),
    "wrong_moment_of_aftercare": (
        N_("This is not possible at this point of the stay."),
        N_("Please look at the present state on this page."),
    ),
    "aftercare_answered": (
        N_("This was answered already."),
        N_("Please look at the present state on this page."),
    ),
    "impossible_visit_day": (
        N_("A visit takes place after discharge, and not in the future."),
        N_("Please correct the day."),
    ),
}
