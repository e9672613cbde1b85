"""What can be wrong with a question."""

from domain.errors import Invalid


class PricesCrossed(Invalid):
    code = "prices_crossed"
    title = "The lowest price lies above the highest"
