"""What can go wrong with facilities that are the same."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, raised_by


class SameFacility(Invalid):
    code = "same_facility"
    title = "A facility is not merged with itself or told apart from itself"


class FacilityElsewhere(Forbidden):
    code = "facility_of_another_state"
    title = "This facility lies in another state; its own officers decide"


class StatesDiffer(Invalid):
    code = "facilities_of_two_states"
    title = "Facilities of two states are never the same"


class MergeHindered(Conflict):
    code = "facility_merge_hindered"
    title = "The facility that would go has things of its own, which cannot move"


@raised_by("facility_merge_open")
class MergeWaits(Conflict):
    code = "facility_merge_waits"
    title = "A merge of this facility already waits for the second officer"


class NoSuchFacilityMerge(NotFound):
    code = "facility_merge_not_found"
    title = "There is no such merge of facilities"


class MergeDecided(Conflict):
    code = "facility_merge_decided"
    title = "This merge has already been confirmed or withdrawn"


class FacilitiesMoved(Conflict):
    code = "facilities_moved"
    title = "A facility has changed since the merge was proposed; look at both and propose it anew"


class SecondOfficerNeeded(Forbidden):
    code = "second_officer_needed"
    title = "Whoever proposed a merge cannot also confirm it; a second officer must"
