"""What can go wrong with treatments and offers."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchTreatment(NotFound):
    code = "treatment_not_found"
    title = "There is no such treatment in the catalogue"


class UnknownTreatment(Invalid):
    code = "unknown_treatment"
    title = "There is no such treatment in the catalogue"


class UnknownSpecialty(Invalid):
    code = "unknown_specialty"
    title = "There is no such specialty in the catalogue"


class NoSuchOffer(NotFound):
    code = "offer_not_found"
    title = "There is no such offer"


class TooManyCompared(Invalid):
    code = "too_many_compared"
    title = "At most four offers can be compared at once"


class OtherTreatment(Invalid):
    code = "other_treatment"
    title = "An offer keeps its treatment; give the new one a reference of its own"


class PriceListUnreadable(Invalid):
    code = "price_list_unreadable"
    title = "This is no price list that we can read"


@raised_by("offer_reference_once")
class ReferenceTaken(Conflict):
    code = "reference_taken"
    title = "The facility has another offer under this reference"


class OfferWithdrawn(Conflict):
    code = "offer_withdrawn"
    title = "The facility has withdrawn this offer"


class CurrencyNotCollected(Invalid):
    code = "currency_not_collected"
    title = "Offers are priced in EUR or USD"


class LinesWrong(Invalid):
    code = "lines_wrong"
    title = "The lines of the offer contradict each other"


class DepositTooHigh(Invalid):
    code = "deposit_too_high"
    title = "The deposit cannot exceed the price"


class TiersWrong(Invalid):
    code = "tiers_wrong"
    title = "The cancellation tiers contradict each other"


class TreatmentRestricted(Invalid):
    code = "treatment_restricted"
    title = "The state of the facility restricts this treatment"
