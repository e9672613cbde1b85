"""The application: the one list of routers, handlers and middleware."""

import contextlib
from collections.abc import AsyncIterator

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme, Tag
from litestar.routes import HTTPRoute

from api import health
from api.aftercare.routes import AftercareController, BookingAftercareController
from api.availability.busy import BusyController
from api.availability.hours import HoursController
from api.availability.routes import AvailabilityController
from api.bookings.changes import BookingChangesController, CancellationClaimsController
from api.bookings.routes import (
    BookingsController,
    BookingTermsController,
    FacilityBookingsController,
)
from api.bookings.stay import StayController
from api.calendars.routes import CalendarFilesController, CalendarsController
from api.cases.routes import CasesController
from api.catalogue.routes import CatalogueController
from api.clients.routes import TOKEN_PATH, ClientsController, TokensController
from api.consents.routes import ConsentsController
from api.credentials.decisions import CredentialDecisionsController
from api.credentials.proceedings import ProceedingsController
from api.credentials.recognitions import RecognitionsController
from api.credentials.registers import CredentialRegistersController
from api.credentials.routes import CredentialsController
from api.duplicates.routes import DuplicatesController
from api.facilities.routes import FacilitiesController
from api.files.routes import FilesController
from api.http.authentication import provide_actor
from api.http.guards import may, require_actions
from api.http.middleware import Patience, RequestEnvelope, refuse_unreadable
from api.http.problems import EXCEPTION_HANDLERS
from api.identity.eid import EidController
from api.identity.factors import FactorsController
from api.identity.links import LinksController
from api.identity.routes import IdentityController
from api.identity.team import TeamController
from api.keys.routes import KeysController
from api.ledger.routes import LedgerController
from api.letters.routes import LettersController
from api.merges.routes import MergesController
from api.notices.routes import NoticesController
from api.openapi import DocumentPlugin
from api.patients.guardians import GuardiansController
from api.patients.mandates import MandatesController
from api.patients.routes import PatientsController
from api.payments.routes import PaymentsController
from api.profiles.routes import ProfilesController
from api.records.routes import RecordsController
from api.referrals.quotes import QuotesController
from api.referrals.routes import ReferralsController
from api.registers.routes import RegistersController
from api.rights.routes import RightsController
from api.runtime import Runtime
from api.saved_searches.routes import SavedSearchesController
from api.search.repeats import Repeats
from api.search.routes import SearchController
from api.stripe.routes import StripeController
from api.tasks.routes import FacilityTasksController, TasksController
from api.waitlist.routes import WaitlistController
from api.web import PAGES
from api.webhooks.routes import WebhooksController
from domain.permissions.types import SCOPE_TEXTS
from domain.settings import Settings

JSON_LIMIT = 1024 * 1024

CONTROLLERS = (
    IdentityController,
    LinksController,
    FactorsController,
    EidController,
    TeamController,
    ClientsController,
    TokensController,
    PatientsController,
    MandatesController,
    GuardiansController,
    MergesController,
    FacilitiesController,
    RegistersController,
    DuplicatesController,
    ProfilesController,
    CredentialsController,
    CredentialDecisionsController,
    ProceedingsController,
    RecognitionsController,
    CredentialRegistersController,
    KeysController,
    CatalogueController,
    SearchController,
    SavedSearchesController,
    AvailabilityController,
    HoursController,
    BusyController,
    CasesController,
    BookingsController,
    FacilityBookingsController,
    BookingTermsController,
    StayController,
    BookingChangesController,
    CancellationClaimsController,
    FacilityTasksController,
    TasksController,
    WaitlistController,
    BookingAftercareController,
    AftercareController,
    ReferralsController,
    QuotesController,
    PaymentsController,
    LedgerController,
    StripeController,
    health.HealthController,
    health.MetricsController,
    ConsentsController,
    RecordsController,
    FilesController,
    RightsController,
    NoticesController,
    WebhooksController,
    CalendarsController,
    CalendarFilesController,
    LettersController,
    *PAGES,
)


TAGS = {
    "People": "Accounts, sessions, and organisations with their members",
    "Team": "Members of organisations, invitations, and the licences officers verify",
    "Systems": "Systems of facilities: registration, keys, and tokens by OAuth 2.0",
    "Sign-in": "Passkeys, authenticator apps, electronic identity, step-up, and the way back",
    "Patients": "Patients, the access to their files, and the practices that care for them",
    "Facilities": "The places of care and who runs them",
    "Registers": "Public registers of facilities: read, looked at, applied or discarded",
    "Duplicates": "Facilities that two registers tell of: merged by two officers, or told apart",
    "Profiles": "What facilities say of themselves, who works there, and photos",
    "Credentials": "Why a facility may be listed: handed in, verified and confirmed",
    "Catalogue": "Specialties, treatments, and what facilities offer at which price",
    "Search": "Offers in any language and script, suggestions, and the states of the network",
    "Availability": "What can be booked, when it is open, and which slots are free",
    "Cases": "A patient's need, and the part that each facility asked has in it",
    "Bookings": "Holding, paying, accepting, declining and cancelling a slot",
    "Stays": "From arrival to the closed file: moves, consent, cover, changes, items and claims",
    "Aftercare": "Who looks after a patient at home, visits, and questions after discharge",
    "Waitlist": "Waiting for a time of an offer, and being offered what is given back",
    "Tasks": "What a facility or a patient must see to, by when, and who does",
    "Referrals": "A doctor's way across the border: referrals, quotes, outcomes and worklists",
    "Payments": "Deposits and refunds as their payer sees them",
    "Ledger": "The books, for operators and auditors",
    "Consents": "What a patient lets whom read, and for how long",
    "Records": "The patient's record, as FHIR R4 resources",
    "Files": "Documents and imaging: announced, sent in resumable pieces, checked, downloaded",
    "Rights": "A full copy, erasure by four eyes, legal holds, closing the account",
    "Notices": "What an account was told, and how it wants to be told",
    "Calendars": "Bookings as calendar files, and feeds under secret addresses",
    "Letters": "What confirms a booking to authorities, and whether a letter holds",
    "Webhooks": "Systems of facilities told of bookings, signed, and again until they have it",
    "Health": "Whether the process runs and may be sent traffic",
}
"""What each group of operations is for, in the order of the document."""


def create_app(settings: Settings) -> Litestar:
    """Return the application for one deployment; its lifespan opens and closes everything."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with Runtime(settings) as runtime:
            app.state.runtime = runtime
            yield

    app = Litestar(
        route_handlers=list(CONTROLLERS),
        dependencies={"actor": Provide(provide_actor)},
        before_request=refuse_unreadable,
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        state=State({"settings": settings}),
        request_max_body_size=JSON_LIMIT,
        openapi_config=OpenAPIConfig(
            title="Shifayol",
            version="1",
            description=(
                "The health-travel network of the Turkic states: accredited facilities, "
                "referrals, bookings, payments and patient records shared by consent.\n\n"
                "Every answer carries X-Request-ID. Every refusal is a problem document "
                "(RFC 9457) whose `code` is stable; an unknown method is answered with 405 and "
                "Allow. Bodies are JSON in UTF-8 of at most 1 MiB, unknown members are refused, "
                "instants are UTC, and amounts are integer minor units of an ISO 4217 currency."
            ),
            path="/openapi.json",
            render_plugins=[DocumentPlugin(path="/")],
            openapi_router=Router(
                "/openapi.json",
                route_handlers=[],
                guards=[may("docs.read")],
                include_in_schema=False,
            ),
            tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
            components=Components(
                security_schemes={
                    "session": SecurityScheme(
                        type="http", scheme="bearer", description="A token of POST /v1/sessions"
                    ),
                    "client": SecurityScheme(
                        type="oauth2",
                        description="A facility's system, which proves itself by private_key_jwt",
                        flows=OAuthFlows(
                            client_credentials=OAuthFlow(
                                token_url=TOKEN_PATH,
                                scopes={scope.value: text for scope, text in SCOPE_TEXTS.items()},
                            )
                        ),
                    ),
                }
            ),
        ),
        logging_config=None,
        debug=False,
    )
    require_actions(app)
    # Around the router, not inside it: unknown addresses get an id and the headers too.
    app.asgi_handler = RequestEnvelope(
        Repeats(Patience(app.asgi_handler)),
        secure=settings.production,
        methods={r.path_format: r.methods for r in app.routes if isinstance(r, HTTPRoute)},
    )
    return app
