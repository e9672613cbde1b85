"""Examples of accounts, sessions, organisations, patients and who saw their data."""

from api.examples.values import (
    ACCOUNT,
    CONSENT,
    HOSPITAL,
    MEMBERSHIP,
    PATIENT,
    PRACTICE,
    SESSION,
    SHA256,
    at,
    example_id,
)
from api.health import Health
from api.identity.routes import DemoSignIn, NewAccount
from domain.actor import Assurance, Role
from domain.audit.service import Disclosure
from domain.identity.types import (
    Carrier,
    DemoPerson,
    Me,
    MembershipView,
    NewMembership,
    NewOrganisation,
    OrganisationKind,
    OrganisationView,
    PersonName,
    RegisterAccount,
    SessionToken,
    SessionView,
    SignIn,
    SignInMethod,
)
from domain.patients.types import (
    AccessGiven,
    AccessKind,
    AccessScope,
    AccessView,
    MandateCode,
    NewCareCode,
    OfferMandate,
    OfferMandateAtDesk,
    OpenChildFile,
    PatientView,
    RedeemCareCode,
    RedeemMandate,
    WitnessedPaper,
)
from domain.permissions.types import PermissionView, Relation

AYGUL = PersonName(given="Айгүл", family="Серікқызы", passport="AIGUL SERIKKYZY")
PRACTICE_VIEW = OrganisationView(PRACTICE, OrganisationKind.PRACTICE, "Dala Practice", "KZ")
_MEMBERSHIP = MembershipView(MEMBERSHIP, Role.REFERRING_DOCTOR, "Dr. Serik Ahmetov", PRACTICE_VIEW)
PATIENT_VIEW = PatientView(PATIENT, AYGUL, "1979-03-08", "KZ")

_PHRASE = "steppe wind over nine hills"

EXAMPLES = (
    RegisterAccount(
        email="aigul@example.org",
        password=_PHRASE,
        name=AYGUL,
        home_state="KZ",
        birth_date="1979-03-08",
        language="kk",
    ),
    NewAccount(ACCOUNT),
    SignIn(email="aigul@example.org", password=_PHRASE),
    DemoSignIn("demo-patient"),
    SessionToken(
        "pN2v8oWkq0S5t7xYbA1cDzE4fGhJkLmQrUuVwXy9Z3o",
        SESSION,
        at("2027-03-01", 21),
        Role.PATIENT,
        Assurance.MULTI_FACTOR,
    ),
    SessionView(
        SESSION,
        Carrier.BEARER,
        SignInMethod.PASSKEY,
        "Firefox, Android",
        at("2027-03-01"),
        at("2027-03-01", 10),
        at("2027-03-01", 21),
        True,
    ),
    PermissionView("consents.grant", Relation.ACCESS, [AccessScope.CONSENT], ["requested"], True),
    DemoPerson("demo-patient", "Aigül Demo", Role.PATIENT),
    Me(
        ACCOUNT,
        PersonName(given="Serik", family="Ahmetov"),
        Assurance.MULTI_FACTOR,
        "serik@example.org",
        "kk",
        Role.REFERRING_DOCTOR,
        _MEMBERSHIP,
        [_MEMBERSHIP],
    ),
    NewOrganisation(kind=OrganisationKind.PRACTICE, name="Dala Practice", jurisdiction="KZ"),
    PRACTICE_VIEW,
    NewMembership(
        email="serik@example.org",
        role=Role.REFERRING_DOCTOR,
        display_name="Dr. Serik Ahmetov",
        licence_number="KZ-114-2031",
    ),
    _MEMBERSHIP,
    PATIENT_VIEW,
    AccessView(
        id=example_id(41),
        account_id=ACCOUNT,
        kind=AccessKind.MANDATE,
        scopes=[AccessScope.VIEW, AccessScope.PAY],
        until=at("2028-03-01"),
        how_given=AccessGiven.QR_AT_DESK,
        holder="Aygül Serikqyzy",
    ),
    OfferMandate(scopes=[AccessScope.VIEW, AccessScope.PAY], until=at("2027-12-01")),
    OfferMandateAtDesk(
        scopes=[AccessScope.VIEW],
        until=at("2027-12-01"),
        identity_checked="identity card, in person",
        paper=WitnessedPaper(sha256=SHA256, witnesses=["Dana Omarova", "Erlan Bekov"]),
    ),
    MandateCode(example_id(42), "pN2v8oWkq0S5t7xYbA1cDzE4", at("2027-03-01", 9, 30), False),
    RedeemMandate("pN2v8oWkq0S5t7xYbA1cDzE4"),
    OpenChildFile(
        name=PersonName(given="Алан", family="Серікұлы"),
        birth_date="2019-05-02",
        home_state="KZ",
        evidence="birth certificate, shown in person",
    ),
    Disclosure(
        at=at("2027-03-02", 10),
        action="record.read",
        outcome="granted",
        role=Role.CLINICIAN,
        organisation=str(HOSPITAL),
        country="TR",
        purpose="TREAT",
        consent_id=CONSENT,
        categories=["problems", "medications"],
    ),
    NewCareCode("7K4M-Q2XW", at("2027-03-01", 9, 30)),
    RedeemCareCode("7K4M-Q2XW"),
    Health("ok", {"migrations": "ok", "database": "ok", "outbox": "ok"}),
)
