"""The words for refusals of webhooks, calendars and letters."""

from api.web.languages import N_

TELLING: dict[str, tuple[str, str]] = {
    "webhook_url_unusable": (
        N_("This address cannot be told of bookings."),
        N_("It has to be public and begin with https://, without a name or password in it."),
    ),
    "webhook_known": (
        N_("This address is registered already."),
        N_("You find it in the list, with a way to make a new secret."),
    ),
    "too_many_webhooks": (
        N_("Ten addresses are registered already."),
        N_("Please remove one of them first."),
    ),
    "calendar_known": (
        N_("You follow this calendar already."),
        N_("Please make a new address where you have lost it."),
    ),
    "passport_name_needed": (
        N_("The letter needs the name as the passport spells it."),
        N_("Please write it in letters from A to Z."),
    ),
    "letters_unavailable": (
        N_("Letters cannot be printed at the moment."),
        N_("Please try again later; the operator has been told."),
    ),
    "webhook_disabled": (
        N_("Nothing is sent to this address at present."),
        N_("Please let it be sent to again first."),
    ),
}
"""What happened, and what to do next, by the code of the refusal."""
