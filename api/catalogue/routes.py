"""Specialties and treatments, and the offers of facilities."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Lang
from domain.actor import Actor
from domain.catalogue import service, uploads
from domain.catalogue.errors import (
    CurrencyNotCollected,
    DepositTooHigh,
    LinesWrong,
    NoSuchOffer,
    NoSuchTreatment,
    OfferWithdrawn,
    PriceListUnreadable,
    ReferenceTaken,
    TiersWrong,
    TooManyCompared,
    TreatmentRestricted,
    UnknownTreatment,
)
from domain.catalogue.price_lists import COLUMNS
from domain.catalogue.types import (
    CreateOffer,
    OfferList,
    OfferTerms,
    OfferView,
    PriceListReport,
    PricePoint,
    SpecialtyView,
    TreatmentName,
    TreatmentView,
)
from domain.errors import StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.languages import UnknownLanguage
from domain.rates.service import NoRates

CSV = "text/csv"
_TERMS = (
    ReferenceTaken,
    CurrencyNotCollected,
    LinesWrong,
    DepositTooHigh,
    TiersWrong,
    UnknownLanguage,
)


class Specialties(msgspec.Struct, frozen=True):
    items: list[SpecialtyView]
    next: str | None = None


class Treatments(msgspec.Struct, frozen=True):
    items: list[TreatmentView]
    next: str | None = None


class TreatmentNames(msgspec.Struct, frozen=True):
    items: list[TreatmentName]
    next: str | None = None


class ComparedOffers(msgspec.Struct, frozen=True):
    items: list[OfferView]
    next: str | None = None


class Prices(msgspec.Struct, frozen=True):
    items: list[PricePoint]
    next: str | None = None


@dataclass
class _PriceListOperation(Operation):
    """Says in OpenAPI that the body is a table."""

    def __post_init__(self) -> None:
        example = (
            ",".join(COLUMNS) + "\n"
            "K-17,knee-replacement,EUR,on_request,72,,5,540,tr en,interpreter transfer,"
            "168h:100% 48h:50% 0h:0%,mandatory,Operation and implant,5400.00,,,,\n"
        )
        table = Schema(type=OpenAPIType.STRING)
        self.request_body = RequestBody(
            content={CSV: OpenAPIMediaType(schema=table, example=example)}, required=True
        )


class CatalogueController(Controller):
    path = "/v1"
    tags = ["Catalogue"]

    @get(
        "/specialties",
        operation_id="listSpecialties",
        guards=[may("catalogue.read")],
        summary="The specialties",
        responses=problems(UnknownLanguage),
    )
    async def specialties(self, actor: NamedDependency[Actor], lang: Lang = "en") -> Specialties:
        """List every specialty with its names in all languages."""
        return Specialties(await service.list_specialties(actor, lang))

    @get(
        "/treatments",
        operation_id="listTreatments",
        guards=[may("catalogue.read")],
        summary="The treatments",
        responses=problems(UnknownLanguage),
    )
    async def treatments(
        self,
        actor: NamedDependency[Actor],
        specialty: FromQuery[str | None] = None,
        lang: Lang = "en",
    ) -> Treatments:
        """List the treatments, or those of one specialty, with stay, recovery and follow-up."""
        return Treatments(await service.list_treatments(actor, lang, specialty))

    @get(
        "/treatments/{code:str}",
        operation_id="showTreatment",
        guards=[may("catalogue.read")],
        summary="One treatment",
        responses=problems(NoSuchTreatment, UnknownLanguage),
    )
    async def treatment(
        self, code: FromPath[str], actor: NamedDependency[Actor], lang: Lang = "en"
    ) -> TreatmentView:
        """Return a treatment."""
        return await service.show_treatment(actor, code, lang)

    @get(
        "/treatments/{code:str}/names",
        operation_id="listTreatmentNames",
        guards=[may("catalogue.read")],
        summary="What a treatment is called",
        responses=problems(NoSuchTreatment, UnknownLanguage),
    )
    async def names(
        self,
        code: FromPath[str],
        actor: NamedDependency[Actor],
        language: FromQuery[str | None] = None,
    ) -> TreatmentNames:
        """List the names that find a treatment, with their source and whether they were read."""
        return TreatmentNames(await service.list_names(actor, code, language))

    @get(
        "/compare",
        operation_id="compareOffers",
        guards=[may("catalogue.read")],
        summary="Up to four offers side by side",
        responses=problems(TooManyCompared, UnknownLanguage),
    )
    async def compare(
        self,
        actor: NamedDependency[Actor],
        offer: FromQuery[list[UUID] | None] = None,
        lang: Lang = "en",
    ) -> ComparedOffers:
        """Return the offers in the order asked for; one no longer listed is left out."""
        return ComparedOffers(await service.compare_offers(actor, offer or [], lang))

    @get(
        "/offers/{offer_id:uuid}",
        operation_id="showOffer",
        guards=[may("catalogue.read")],
        summary="One offer",
        responses=problems(NoSuchOffer, UnknownLanguage),
    )
    async def offer(
        self, offer_id: FromPath[UUID], actor: NamedDependency[Actor], lang: Lang = "en"
    ) -> Response[OfferView]:
        """Return an offer with its lines; one that is not listed only to those it concerns."""
        view = await service.show_offer(actor, offer_id, lang)
        return with_etag(view, view.version)

    @get(
        "/offers/{offer_id:uuid}/prices",
        operation_id="listOfferPrices",
        guards=[may("catalogue.read")],
        summary="What an offer cost before",
        responses=problems(NoSuchOffer),
    )
    async def prices(self, offer_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Prices:
        """List the prices of an offer by version, newest first."""
        return Prices(await service.price_history(actor, offer_id))

    @get(
        "/facilities/{facility_id:uuid}/offers",
        operation_id="listFacilityOffers",
        guards=[may("catalogue.read")],
        summary="The offers of a facility",
        responses=problems(NoSuchFacility, UnknownLanguage),
    )
    async def offers_of(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor], lang: Lang = "en"
    ) -> OfferList:
        """List a facility's offers, cheapest first; its staff also see what is not listed."""
        return await service.list_offers_of(actor, facility_id, lang)

    @post(
        "/facilities/{facility_id:uuid}/offers",
        operation_id="createOffer",
        guards=[may("catalogue.create_offer")],
        summary="Offer a treatment",
        responses=problems(
            NoSuchFacility,
            UnknownTreatment,
            TreatmentRestricted,
            *_TERMS,
            NoRates,
            KeyReused,
            RequestInProgress,
            UnusableKey,
        ),
    )
    async def create_offer(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[CreateOffer],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[OfferView]:
        """Offer a treatment at one's own facility; patients see it while it is listed."""
        made_once = once(idempotency_key, (facility_id, data))
        view = await service.create_offer(actor, facility_id, data, made_once)
        return with_etag(view, view.version, status_code=201)

    @get(
        "/facilities/{facility_id:uuid}/price-list",
        operation_id="downloadPriceList",
        guards=[may("catalogue.read_price_list")],
        summary="The price list as a table",
        media_type=CSV,
        responses=problems(NoSuchFacility),
    )
    async def price_list(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Give out a facility's active offers as the CSV that can be edited and sent back."""
        table = await uploads.price_list(actor, facility_id)
        return Response(
            table,
            media_type=CSV,
            headers={"Content-Disposition": 'attachment; filename="offers.csv"'},
        )

    @put(
        "/facilities/{facility_id:uuid}/price-list",
        operation_id="uploadPriceList",
        guards=[may("catalogue.upload_price_list")],
        summary="Upload the price list",
        operation_class=_PriceListOperation,
        responses=problems(NoSuchFacility, PriceListUnreadable, NoRates),
    )
    async def upload_price_list(
        self,
        facility_id: FromPath[UUID],
        request: Request[Any, Any, Any],
        body: RawBody,
        actor: NamedDependency[Actor],
        try_only: FromQuery[bool] = False,
    ) -> PriceListReport:
        """Make and change offers by a CSV of at most 1 MiB; what is refused hinders nothing else.

        An offer is found again by its `reference`: sent twice, the list changes nothing. Offers
        that it does not name stay. With `try_only` the report tells what would happen.
        """
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CSV:
            raise HTTPException(status_code=415)
        return await uploads.upload_price_list(actor, facility_id, body, try_only=try_only)

    @put(
        "/facilities/{facility_id:uuid}/offers/{offer_id:uuid}",
        operation_id="updateOffer",
        guards=[may("catalogue.update_offer")],
        summary="Change an offer",
        responses=problems(
            NoSuchFacility,
            NoSuchOffer,
            OfferWithdrawn,
            StaleVersion,
            VersionNeeded,
            *_TERMS,
            NoRates,
        ),
    )
    async def update_offer(
        self,
        facility_id: FromPath[UUID],
        offer_id: FromPath[UUID],
        data: JSONBody[OfferTerms],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[OfferView]:
        """Give an offer new terms, as its next version; earlier prices stay in its history."""
        view = await service.update_offer(
            actor, facility_id, offer_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/facilities/{facility_id:uuid}/offers/{offer_id:uuid}/withdraw",
        operation_id="withdrawOffer",
        guards=[may("catalogue.withdraw_offer")],
        summary="Withdraw an offer",
        status_code=200,
        responses=problems(
            NoSuchFacility, NoSuchOffer, OfferWithdrawn, StaleVersion, VersionNeeded
        ),
    )
    async def withdraw_offer(
        self,
        facility_id: FromPath[UUID],
        offer_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[OfferView]:
        """Take an offer from the market; bookings already made stand."""
        view = await service.withdraw_offer(
            actor, facility_id, offer_id, version=version_from(if_match)
        )
        return with_etag(view, view.version)
