"""One facility: its offers, its credentials and how to get there; and who may bring patients."""

from collections.abc import Mapping
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.languages import language_of
from api.web.pages.credential_words import code_names
from api.web.rendering import PageRequest, moved, page
from domain.actor import Actor
from domain.availability import resources
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.credentials import authorisations, history
from domain.credentials import service as credentials
from domain.facilities import service as facilities
from domain.jurisdictions import JURISDICTIONS
from domain.profiles import service as profiles


def described(alt: Mapping[str, str], tag: str) -> tuple[str, str]:
    """Return the text of a photo that the reader understands best, after its language."""
    found = next((each for each in (tag, "en") if each in alt), next(iter(alt)))
    return found, alt[found]


class FacilityPages(Controller):
    path = "/facilities"
    include_in_schema = False

    @get("/{facility_id:uuid}", guards=[may("facilities.read")])
    async def show(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show a facility as everybody sees it; one that was merged sends on to the survivor."""
        language = language_of(request)
        facility = await facilities.show_facility(actor, facility_id)
        if facility.id != facility_id:
            return moved(f"/facilities/{facility.id}")
        return page(
            request,
            "facility.html",
            facility=facility,
            name=facility.names.get(language.tag) or facility.name,
            city=facility.city_names.get(language.tag) or facility.city,
            offers=(await catalogue.list_offers_of(actor, facility_id, language.tag)).items,
            credentials=await credentials.list_credentials(actor, facility_id),
            profile=await profiles.show_profile(actor, facility_id),
            people=[
                each
                for each in await resources.list_practitioners(actor, facility_id)
                if each.shown
            ],
            described=described,
            names_of=await code_names(actor, language),
            now=utc_now(),
        )

    @get("/{facility_id:uuid}/credentials", guards=[may("credentials.read")])
    async def credentials(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what a facility holds, by whom and until when, how it was checked, and its past."""
        language = language_of(request)
        facility = await facilities.show_facility(actor, facility_id)
        held = [
            each
            for each in await credentials.list_credentials(actor, facility_id)
            if each.confirmed
        ]
        rules = await credentials.list_listing_rules(actor, facility.jurisdiction)
        return page(
            request,
            "facility_public_credentials.html",
            headers={
                "Link": f'</v1/facilities/{facility_id}/credentials>; rel="alternate";'
                ' type="application/json"'
            },
            facility=facility,
            name=facility.names.get(language.tag) or facility.name,
            credentials=held,
            histories={
                each.id: (await history.list_history(actor, each.id, limit=100)).items
                for each in held
            },
            rules=[rule for rule in rules if facility.kind in rule.facility_kinds],
            names_of=await code_names(actor, language),
        )


class FacilitatorPages(Controller):
    path = "/facilitators"
    include_in_schema = False

    @get(guards=[may("credentials.read")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the agencies that may bring patients, for one state or all."""
        wanted = request.query_params.get("state") or ""
        state = wanted if wanted in JURISDICTIONS else None
        return page(
            request,
            "facilitators.html",
            found=await authorisations.list_facilitators(
                actor, state, cursor=request.query_params.get("after")
            ),
            state=state,
            states=list(JURISDICTIONS),
        )
