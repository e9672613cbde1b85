"""What can go wrong between a person and their account."""

from domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
    raised_by,
)


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = (
        "E-mail, password and code do not match an account; with an authenticator app its present "
        "code is needed, and each code works once"
    )


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


class LinkRefused(Invalid):
    code = "link_refused"
    title = "This link is wrong, was used already or has run out; ask for a new one"


class PasswordWrong(Invalid):
    code = "password_wrong"
    title = "This is not your present password"


class LicenceNumberNeeded(Invalid):
    code = "licence_number_needed"
    title = "People in this role have a licence; write its number as the register spells it"


class NoSuchInvitation(NotFound):
    code = "invitation_not_found"
    title = "There is no such open invitation"


class InvitationForAnother(Forbidden):
    code = "invitation_for_another"
    title = "This invitation was sent to another address; sign in with the account that has it"


class NoSuchMember(NotFound):
    code = "member_not_found"
    title = "The organisation has no such member now"


class LastAdministrator(Conflict):
    code = "last_administrator"
    title = "Somebody has to administer the organisation; appoint another person first"


class NoSuchLicence(NotFound):
    code = "licence_not_found"
    title = "No licence of your jurisdiction waits under this address"


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


class PasskeyRequired(Forbidden):
    code = "passkey_required"
    title = "In this role people sign in with a passkey"


class PasskeyRefused(Unauthenticated):
    code = "passkey_refused"
    title = "This passkey was not accepted; please start again from the sign-in page"


class PasskeyNotRegistered(Invalid):
    code = "passkey_not_registered"
    title = "The passkey could not be registered; please start again"


@raised_by("passkey_credential_id_key")
class PasskeyKnown(Conflict):
    code = "passkey_known"
    title = "This passkey is registered already"


class NoSuchPasskey(NotFound):
    code = "passkey_not_found"
    title = "Your account has no such passkey"


class LastFactor(Conflict):
    code = "last_factor"
    title = "This is the last strong way into your account; add another one first"


class CodeRefused(Invalid):
    code = "code_refused"
    title = "The code is wrong or was used already; wait for the next one and try again"


class NoAuthenticator(NotFound):
    code = "authenticator_not_found"
    title = "Your account has no authenticator app"


class EnrolmentRefused(Invalid):
    code = "enrolment_refused"
    title = "This code is wrong, was used or has run out; ask for a new one"


class SignInBusy(Unavailable):
    code = "sign_in_busy"
    title = "Many people sign in right now; please try again in a few seconds"


class AttemptTooEarly(TooMany):
    code = "attempt_too_early"
    title = "After wrong attempts the next one has to wait a little; waiting always helps"
