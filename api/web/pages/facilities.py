"""One facility: its offers, its credentials and how to get there."""

from collections.abc import Mapping
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.languages import language_of
from api.web.rendering import PageRequest, moved, page
from domain.actor import Actor
from domain.availability import service as availability
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.credentials import service as credentials
from domain.facilities import service as facilities
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
        specialties = await catalogue.list_specialties(actor, language.tag)
        treatments = await catalogue.list_treatments(actor, language.tag)
        names = {each.code: each.name for each in specialties}
        names |= {each.code: each.name for each in treatments}
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
                for each in await availability.list_practitioners(actor, facility_id)
                if each.shown
            ],
            described=described,
            names_of=lambda *lists: [names.get(code, code) for codes in lists for code in codes],
            now=utc_now(),
        )
