"""The application: the one list of routers, handlers and middleware."""

import contextlib
from collections.abc import AsyncIterator

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from api import health
from api.availability.routes import AvailabilityController
from api.bookings.routes import BookingsController
from api.cases.routes import CasesController
from api.catalogue.routes import CatalogueController
from api.consents.routes import ConsentsController
from api.credentials.routes import CredentialsController
from api.facilities.routes import FacilitiesController
from api.http.authentication import provide_actor
from api.http.middleware import RequestEnvelope, require_modest_query
from api.http.problems import EXCEPTION_HANDLERS
from api.identity.routes import IdentityController
from api.ledger.routes import LedgerController
from api.openapi import complete
from api.patients.routes import PatientsController
from api.payments.routes import PaymentsController
from api.records.routes import RecordsController
from api.referrals.routes import ReferralsController
from api.runtime import Runtime
from api.search.routes import SearchController
from api.stripe.routes import StripeController
from api.web import PAGES
from domain.settings import Settings

JSON_LIMIT = 1024 * 1024

CONTROLLERS = (
    IdentityController,
    PatientsController,
    FacilitiesController,
    CredentialsController,
    CatalogueController,
    SearchController,
    AvailabilityController,
    CasesController,
    BookingsController,
    ReferralsController,
    PaymentsController,
    LedgerController,
    StripeController,
    health.HealthController,
    ConsentsController,
    RecordsController,
    *PAGES,
)


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
        before_request=require_modest_query,
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        state=State({"settings": settings}),
        request_max_body_size=JSON_LIMIT,
        openapi_config=OpenAPIConfig(
            title="Shifayol",
            version="1",
            description=(
                "The health-travel network of the Turkic states: accredited facilities, "
                "referrals, bookings, payments and patient records shared by consent."
            ),
            path="/openapi.json",
            render_plugins=[JsonRenderPlugin(path="/")],
            components=Components(
                security_schemes={
                    "session": SecurityScheme(
                        type="http", scheme="bearer", description="A token of POST /v1/sessions"
                    )
                }
            ),
        ),
        logging_config=None,
        debug=False,
    )
    complete(app)
    # Around the router, not inside it: unknown addresses get an id and the headers too.
    app.asgi_handler = RequestEnvelope(app.asgi_handler, secure=settings.production)
    return app
