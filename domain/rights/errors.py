"""What can stand against a person's wish to leave."""

from domain.errors import Conflict, Forbidden, NotFound, raised_by


class NoSuchErasure(NotFound):
    code = "erasure_not_found"
    title = "There is no such request for erasure"


class NoSuchHold(NotFound):
    code = "hold_not_found"
    title = "There is no such legal hold"


@raised_by("erasure_once")
class ErasureAsked(Conflict):
    code = "erasure_asked"
    title = "Erasure was asked for already; its state shows how far it is"


class WrongErasureState(Conflict):
    code = "wrong_erasure_state"
    title = "The request has moved on; look at its present state"


@raised_by("erasure_four_eyes")
class SameEyes(Forbidden):
    code = "four_eyes"
    title = "Two different people decide, and neither of them asked"


@raised_by("legal_hold_stops_erasure")
class OnHold(Conflict):
    code = "legal_hold"
    title = "An authority has ordered that this data be kept; erasure waits until that is lifted"


@raised_by("legal_hold_once")
class HeldAlready(Conflict):
    code = "held_already"
    title = "This order is noted already"


class CareUnderWay(Conflict):
    code = "care_under_way"
    title = "A booking or treatment is still open; end or cancel it first"
