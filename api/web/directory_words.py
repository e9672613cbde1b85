"""The words about registers, facilities that are the same, and their profiles."""

from api.web.languages import N_

LABELS: dict[str, dict[str, str]] = {
    "register": {
        "tr-moh": N_("register of the ministry of health"),
        "hu-neak": N_("register of the health insurance fund"),
        "ror": N_("Research Organization Registry"),
        "demo": N_("invented for the demo"),
        "own": N_("the facility itself"),
    },
    "facility_merge": {
        "proposed": N_("Waits for the second officer"),
        "confirmed": N_("Merged"),
        "withdrawn": N_("Withdrawn"),
    },
    "register_import": {
        "proposed": N_("Waits to be looked at"),
        "applied": N_("Applied"),
        "discarded": N_("Discarded"),
    },
    "register_change": {
        "new": N_("New in the register"),
        "changed": N_("Changed in the register"),
        "gone": N_("No longer in the register"),
        "refused": N_("Rows that were refused"),
    },
    "register_outcome": {
        "applied": N_("Applied"),
        "left_out": N_("Left out"),
        "refused": N_("Refused"),
    },
}

DIRECTORY: dict[str, tuple[str, str]] = {
    "register_unreadable": (
        N_("This file is not the register you chose."),
        N_("Please choose the right register, and the file as whoever keeps it publishes it."),
    ),
    "register_of_another_state": (
        N_("This register speaks of facilities of another state."),
        N_("Please leave it to an officer of that state."),
    ),
    "register_moved": (
        N_("Facilities have changed since this file was read."),
        N_("Nothing was applied. Please read the file again and look anew."),
    ),
    "register_import_decided": (
        N_("This file has already been applied or discarded."),
        N_("Please look at the present state on this page."),
    ),
    "facility_merge_hindered": (
        N_("The facility that would go has offers, staff, bookings or documents of its own."),
        N_("Those cannot move. Please keep that one and merge the other into it."),
    ),
    "facility_merge_waits": (
        N_("A merge of this facility already waits for the second officer."),
        N_("Please look at the present state on this page."),
    ),
    "facility_merge_decided": (
        N_("This merge has already been confirmed or withdrawn."),
        N_("Please look at the present state on this page."),
    ),
    "facilities_moved": (
        N_("A facility has changed since the merge was proposed."),
        N_("Please look at both and propose it anew."),
    ),
    "second_officer_needed": (
        N_("Whoever proposed a merge cannot also confirm it."),
        N_("A second officer of the state has to confirm it."),
    ),
    "not_a_photo": (
        N_("This is no readable picture."),
        N_("Please choose a photo as JPEG or PNG."),
    ),
    "photo_too_large": (
        N_("This photo is too large."),
        N_("Please choose one of at most 10 MiB and 40 million pixels."),
    ),
    "photo_too_small": (
        N_("This photo is too small or too narrow."),
        N_("Please choose one of at least 200 pixels on each side."),
    ),
    "too_many_photos": (
        N_("A facility shows at most twelve photos."),
        N_("Please remove one first."),
    ),
}
