"""The words for refusals about registers, facilities that are the same, and their profiles."""

from api.web.languages import N_

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
}
