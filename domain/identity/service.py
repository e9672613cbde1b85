"""Opening accounts, signing in by password, and giving people their roles."""

from uuid import UUID

from domain.actor import LICENSED_ROLES, SYSTEM, Actor, ActorKind, Role
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import Unauthenticated
from domain.identity import authenticators, passwords, policy, queries, rules
from domain.identity.enrolments import issue_code
from domain.identity.errors import (
    AttemptTooEarly,
    NoSuchAccount,
    NoSuchOrganisation,
    WrongCredentials,
)
from domain.identity.sessions import start_session
from domain.identity.tables import Account, Membership, Organisation
from domain.identity.types import (
    Carrier,
    DemoPerson,
    EnrolmentIssued,
    Me,
    MembershipView,
    NewMembership,
    NewOrganisation,
    OrganisationKind,
    OrganisationRef,
    OrganisationView,
    RegisterAccount,
    SessionToken,
    SignIn,
)
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.keys.service import Place, SubjectKind, blind_index, data_key
from domain.languages import require_languages
from domain.limits import service as limits
from domain.limits.types import FREE_FAILURES, FREE_FAILURES_OF_ADDRESS
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.text import cleaned


async def register_account(command: RegisterAccount, *, demo_key: str | None = None) -> UUID:
    """Open an account whose address needs no proof and return its id; for the system only.

    Raises EmailTaken or WeakPassword. People's own way in is `registrations.ask_registration`.
    """
    email = rules.normal_email(command.email)
    if demo_key is None:
        rules.require_strong_password(command.password, email)
    digest = await passwords.hashed(command.password)
    return await insert_account(SYSTEM, command, digest, demo_key=demo_key)


@transactional
async def insert_account(
    actor: Actor,
    command: RegisterAccount,
    password_hash: str | None,
    *,
    demo_key: str | None = None,
    person_id: UUID | None = None,
) -> UUID:
    """Store an account with its person and, where asked, their patient file; for the system only.

    `person_id` names a person whose key exists already.
    """
    require_languages([command.language])
    account_id, email = new_id(), rules.normal_email(command.email)
    person_id = await patients.create_person(
        actor, cleaned(command.name), command.birth_date, command.home_state, known_as=person_id
    )
    keyring = await data_key(SubjectKind.PERSON, person_id)
    await queries.insert_account(
        Account(
            id=account_id,
            person_id=person_id,
            email_index=blind_index("sign-in", email),
            email_sealed=keyring.seal_text(Place("account", "email", account_id), email),
            password_hash=password_hash,
            language=command.language,
            demo_key=demo_key,
            created_at=utc_now(),
            closed_at=None,
        )
    )
    if command.as_patient:
        await patients.open_file(actor, person_id, account_id, command.home_state)
    await audit.record(
        actor, "identity.register_account", subject=("account", account_id),
        home_state=command.home_state,
    )  # fmt: skip
    return account_id


async def sign_in(
    command: SignIn, carrier: Carrier, *, address: str = "", device: str | None = None
) -> SessionToken:
    """Start a session for whoever knows the password and, where one is set, the present code.

    Raises WrongCredentials, equally and after equal work for an unknown e-mail, a wrong password
    and a wrong code; AttemptTooEarly after wrong attempts, for a while that grows; SignInBusy when
    too many wait; and what `start_session` raises.
    """
    own = blind_index("sign-in-delay", f"account|{rules.normal_email(command.email)}")
    keys = {own: FREE_FAILURES}
    if address:
        keys[blind_index("sign-in-delay", f"address|{address}")] = FREE_FAILURES_OF_ADDRESS
    if (wait := await limits.wait_before(SYSTEM, keys)) > 0:
        raise AttemptTooEarly(wait)
    account = await _account_for(SYSTEM, command.email)
    right = await passwords.matches(account[1] if account else None, command.password)
    method = None
    if account and right:
        method = await authenticators.second_factor(SYSTEM, account[0], command.code)
    if account is None or method is None:
        await limits.note_failure(SYSTEM, keys)
        raise WrongCredentials
    token = await start_session(SYSTEM, account[0], command.membership_id, carrier, method, device)
    await limits.forget_failures(SYSTEM, own)
    return token


@transactional
async def _account_for(actor: Actor, email: str) -> tuple[UUID, str | None] | None:
    row = await queries.account_by_email(blind_index("sign-in", rules.normal_email(email)))
    return (row["id"], row["password_hash"]) if row else None


@transactional
async def demo_people(actor: Actor) -> list[DemoPerson]:
    """Return the invented people of the demo set."""
    found: dict[str, DemoPerson] = {}
    for row in await queries.demo_accounts():
        role = Role(row["role"]) if row["role"] else Role.PATIENT
        if row["role"]:
            label = f"{row['display_name']}, {row['organisation']}"
        else:
            label = (await patients.person_name(SYSTEM, row["person_id"])).display
        found.setdefault(row["demo_key"], DemoPerson(row["demo_key"], label, role))
    return list(found.values())


@transactional
async def me(actor: Actor) -> Me:
    """Return the signed-in person and their hats."""
    account = await queries.account_by_id(policy.require_account(actor))
    if account is None or actor.role is None:
        raise Unauthenticated
    memberships = await queries.current_memberships(account["id"])
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    return Me(
        account_id=account["id"],
        name=await patients.person_name(actor, account["person_id"]),
        assurance=actor.assurance,
        email=keyring.open_text(Place("account", "email", account["id"]), account["email_sealed"]),
        language=account["language"],
        role=actor.role,
        membership=next((m for m in memberships if m.id == actor.membership_id), None),
        memberships=memberships,
        waiting=await queries.waiting_memberships(account["id"]),
    )


def roles_in(kind: OrganisationKind) -> list[Role]:
    """Return the roles that have a meaning in an organisation of this kind."""
    return [role for role in Role if role in rules.ROLES_OF[kind]]


@transactional
async def create_organisation(
    actor: Actor, command: NewOrganisation, *, demo_key: str | None = None
) -> OrganisationView:
    """Register an organisation; operators only."""
    permissions.require(actor, "identity.create_organisation")
    jurisdiction(command.jurisdiction)
    command = cleaned(command)
    organisation_id = new_id()
    await queries.insert_organisation(
        Organisation(
            id=organisation_id,
            kind=command.kind.value,
            name=command.name,
            jurisdiction=command.jurisdiction,
            demo_key=demo_key,
            created_at=utc_now(),
        )
    )
    await audit.record(
        actor, "identity.create_organisation", subject=("organisation", organisation_id),
        home_state=command.jurisdiction,
    )  # fmt: skip
    return OrganisationView(organisation_id, command.kind, command.name, command.jurisdiction)


@transactional
async def organisation_ref(actor: Actor, organisation_id: UUID) -> OrganisationRef:
    """Return what an organisation is and where it has its seat; raises NoSuchOrganisation."""
    found = await queries.organisation_ref(organisation_id)
    if found is None:
        raise NoSuchOrganisation(subject=("organisation", organisation_id))
    return found


@transactional
async def add_member(actor: Actor, organisation_id: UUID, command: NewMembership) -> MembershipView:
    """Give the holder of an account a role; operators only; raises AlreadyMember and others."""
    permissions.require(actor, "identity.add_member")
    command = cleaned(command)
    organisation = await queries.organisation(organisation_id)
    if organisation is None:
        raise NoSuchOrganisation
    rules.require_role_fits(organisation.kind, command.role)
    rules.require_licence_number(command.role, command.licence_number)
    account = await queries.account_by_email(
        blind_index("sign-in", rules.normal_email(command.email))
    )
    if account is None:
        raise NoSuchAccount(fields={"email": NoSuchAccount.title})
    return await insert_member(
        actor,
        account["id"],
        organisation,
        command,
        administers=not await queries.has_administrator(organisation_id),
    )


async def insert_member(
    actor: Actor,
    account_id: UUID,
    organisation: OrganisationView,
    command: NewMembership,
    *,
    administers: bool,
) -> MembershipView:
    """Store a membership inside the running operation.

    In a role that needs a licence it rests until an officer has verified the number; what the
    marketplace itself stores (the demo set, imports) counts as verified.
    """
    membership_id, now = new_id(), utc_now()
    verified = command.role in LICENSED_ROLES and actor.kind is ActorKind.SYSTEM
    await queries.insert_membership(
        Membership(
            id=membership_id,
            account_id=account_id,
            organisation_id=organisation.id,
            role=command.role.value,
            display_name=command.display_name,
            licence_number=command.licence_number,
            licence_verified_at=now if verified else None,
            licence_verified_by=None,
            licence_register=None,
            administers=administers,
            starts_at=now,
            ends_at=None,
        )
    )
    await audit.record(
        actor, "identity.add_member", subject=("membership", membership_id),
        home_state=organisation.jurisdiction, detail={"role": command.role.value},
    )  # fmt: skip
    return MembershipView(membership_id, command.role, command.display_name, organisation)


@transactional
async def create_operator(
    actor: Actor, command: RegisterAccount, display_name: str
) -> EnrolmentIssued:
    """Open the account of an operator and return the code with which they register a passkey.

    For the system only (the command line, in production).
    """
    account_id = await insert_account(actor, command, None)
    platform = await create_organisation(
        actor, NewOrganisation(
            kind=OrganisationKind.PLATFORM, name="Shifayol", jurisdiction=command.home_state
        )
    )  # fmt: skip
    await add_member(
        actor,
        platform.id,
        NewMembership(email=command.email, role=Role.OPERATOR, display_name=display_name),
    )
    return await issue_code(actor, account_id, replaces_factors=False)


@transactional
async def works_for(actor: Actor, account_id: UUID, organisation_id: UUID | None) -> bool:
    """Tell whether somebody is a member of an organisation now."""
    return await queries.works_for(account_id, organisation_id)
