"""What can go wrong with facilities."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchFacility(NotFound):
    code = "facility_not_found"
    title = "There is no such facility"


class NotAFacilityOrganisation(Invalid):
    code = "not_a_facility_organisation"
    title = "Only an organisation of the kind `facility` can run a facility"


class OrganisationElsewhere(Invalid):
    code = "organisation_of_another_state"
    title = "The organisation belongs to another state than the facility"


class CoordinatesIncomplete(Invalid):
    code = "coordinates_incomplete"
    title = "Latitude and longitude are given together or not at all"


class NameWithoutLetters(Invalid):
    code = "name_without_letters"
    title = "A name needs letters or digits that the search can read"


@raised_by("facility_merged_takes_nothing")
class FacilityMerged(Conflict):
    code = "facility_merged"
    title = "This facility was merged into another; please use that one"
