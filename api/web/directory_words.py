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
}
