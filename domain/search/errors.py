"""What can be wrong with a question."""

from domain.errors import Invalid


class PricesCrossed(Invalid):
    code = "prices_crossed"
    title = "The lowest price lies above the highest"


class DatesCrossed(Invalid):
    code = "dates_crossed"
    title = "The first day lies after the last"


class PointUnreadable(Invalid):
    code = "near_unreadable"
    title = "A place is `latitude,longitude` in degrees, for example 41.01,28.95"


class NearNeeded(Invalid):
    code = "near_needed"
    title = "A distance needs `near`, the place from which it is measured"


class UnusableDistance(Invalid):
    code = "unusable_distance"
    title = "A distance is a number of kilometres above 0 and at most 20,100"
