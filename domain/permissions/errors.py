"""Why an action is refused before anything is looked at."""

from domain.errors import Forbidden


class WrongRole(Forbidden):
    code = "wrong_role"
    title = "This is for another role than the one you are signed in with"


class StepUpNeeded(Forbidden):
    code = "step_up_needed"
    title = "Please confirm that it is you, with your passkey or a code, and send this again"


class SecondFactorNeeded(Forbidden):
    code = "second_factor_needed"
    title = "Please add a passkey or an authenticator app to your account first"


class ScopeMissing(Forbidden):
    code = "scope_missing"
    title = "The client's token does not carry the scope that this needs"
