"""Why something after a stay is not possible."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchPlan(NotFound):
    code = "aftercare_plan_not_found"
    title = "There is no such plan of aftercare among those you may see"


class NoSuchVisit(NotFound):
    code = "aftercare_visit_not_found"
    title = "There is no such visit among those you may see"


class NoSuchQuestion(NotFound):
    code = "aftercare_question_not_found"
    title = "There is no such question among those you may see"


class OneProvider(Invalid):
    code = "aftercare_provider_unclear"
    title = "Name either a practice of the network or somebody outside it"


class NoSuchPractice(Invalid):
    code = "aftercare_practice_unknown"
    title = "No practice of the network has this number"


@raised_by("aftercare_plan_once")
class PlanKnown(Conflict):
    code = "aftercare_plan_known"
    title = "Somebody else was asked at the same moment; look at the plan again"


class WrongMoment(Conflict):
    code = "wrong_moment_of_aftercare"
    title = "The stay is not at the point at which this is possible"


class Answered(Conflict):
    code = "aftercare_answered"
    title = "This was answered already"


class ImpossibleDay(Invalid):
    code = "impossible_visit_day"
    title = "A visit takes place after discharge and not in the future"
