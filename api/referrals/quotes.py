"""Quotes: the facility's price and date, and the patient's choice."""

from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from domain.actor import Actor
from domain.availability.errors import NoSuchSlot, SlotTaken
from domain.bookings.errors import EpisodeBooked, OfferChanged, TooManyHolds
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
from domain.consents.errors import ConsentNeeded
from domain.credentials.errors import CredentialNotValid
from domain.errors import Forbidden, StaleVersion
from domain.money import UnknownCurrency
from domain.referrals import quotes
from domain.referrals.errors import (
    NoSuchQuote,
    NoSuchReferral,
    QuoteExpired,
    QuoteOpen,
    QuoteUnsound,
    WrongState,
)
from domain.referrals.types import CreateQuote, QuoteAccepted, ReferralView


class QuotesController(Controller):
    path = "/v1"
    tags = ["Referrals"]

    @post(
        "/referrals/{referral_id:uuid}/quotes",
        operation_id="createQuote",
        guards=[may("referrals.quote")],
        summary="Quote a price and a date",
        responses=problems(
            NoSuchReferral,
            NoSuchOffer,
            WrongState,
            StaleVersion,
            QuoteUnsound,
            VersionNeeded,
            OfferWithdrawn,
            ConsentNeeded,
            UnknownCurrency,
            QuoteOpen,
            NoSuchSlot,
            SlotTaken,
        ),
    )
    async def quote(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[CreateQuote],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Answer an accepted referral with an itemised price and a date."""
        version = version_from(if_match)
        view = await quotes.create_quote(actor, referral_id, data, version)
        return with_etag(view, view.version, status_code=201)

    @post(
        "/quotes/{quote_id:uuid}/accept",
        operation_id="acceptQuote", guards=[may("referrals.choose")],
        summary="Choose a quote",
        status_code=200,
        responses=problems(
            NoSuchQuote, WrongState, StaleVersion, VersionNeeded, QuoteExpired, SlotTaken,
            NoSuchSlot, OfferChanged, TooManyHolds, CredentialNotValid, Forbidden, NoSuchReferral,
            OfferWithdrawn, ConsentNeeded, EpisodeBooked,
        ),
    )  # fmt: skip
    async def accept_quote(
        self, quote_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> QuoteAccepted:
        """Choose a quote (If-Match is the referral's version); pay the deposit of its booking."""
        return await quotes.accept_quote(actor, quote_id, version_from(if_match))

    @post(
        "/quotes/{quote_id:uuid}/refuse",
        operation_id="refuseQuote",
        guards=[may("referrals.refuse")],
        summary="Refuse a quote",
        status_code=200,
        responses=problems(NoSuchQuote, WrongState, StaleVersion, VersionNeeded, Forbidden),
    )
    async def refuse_quote(
        self, quote_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Refuse a quote without any penalty."""
        view = await quotes.refuse_quote(actor, quote_id, version_from(if_match))
        return with_etag(view, view.version)
