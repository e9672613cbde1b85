"""What can go wrong with the registers of facilities and with what they propose."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound


class RegisterUnreadable(Invalid):
    code = "register_unreadable"
    title = "This file is not the register it is said to be"


class RegisterElsewhere(Forbidden):
    code = "register_of_another_state"
    title = "This register speaks of facilities of another state"


class NoSuchRegisterImport(NotFound):
    code = "register_import_not_found"
    title = "There is no such import of a register"


class ImportDecided(Conflict):
    code = "register_import_decided"
    title = "This import has already been applied or discarded"


class RegisterMoved(Conflict):
    code = "register_moved"
    title = "Facilities have changed since this file was read; read it again and look anew"


class NoSuchChange(Invalid):
    code = "change_not_in_import"
    title = "The import proposes no such change"
