"""What can go wrong between a person and their account."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, raised_by


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = "E-mail and password do not match an account"


@raised_by("account_email_index_key")
class EmailTaken(Conflict):
    code = "email_taken"
    title = "There is already an account with this e-mail; sign in instead"


class WeakPassword(Invalid):
    code = "weak_password"
    title = "This password is among the first that others would try; choose a longer phrase"


class ChooseMembership(Invalid):
    code = "choose_membership"
    title = "You have several roles; send the membership_id of the one to sign in with"


class NoSuchAccount(NotFound):
    code = "account_not_found"
    title = "No account has this e-mail; the person has to open one first"


class NoSuchOrganisation(NotFound):
    code = "organisation_not_found"
    title = "There is no such organisation"


class WrongRoleForOrganisation(Invalid):
    code = "wrong_role_for_organisation"
    title = "An organisation of this kind has nobody in this role"


@raised_by("membership_once")
class AlreadyMember(Conflict):
    code = "already_member"
    title = "This person already has this role in the organisation"


class DemoOnly(Forbidden):
    code = "demo_only"
    title = "Demo people can sign in on a development machine only"
