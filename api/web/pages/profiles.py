"""The facility's own desk for its profile: departments, access, people and photos."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web import labels
from api.web.forms import MISSING, Form, read_form
from api.web.languages import language_of
from api.web.pages.facilities import described
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.availability import resources
from domain.availability.types import ShowPractitioner
from domain.catalogue import service as catalogue
from domain.errors import DomainError
from domain.facilities import service as facilities
from domain.jurisdictions import LANGUAGES
from domain.profiles import service
from domain.profiles.pictures import MAX_BYTES
from domain.profiles.types import Accessibility, DescribePhoto, OrderPhotos, WriteProfile

PATH = "/facility/profile"
_SIGNATURES = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png"}


class ProfilePages(Controller):
    path = PATH
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def own(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Go to the facility's profile, or choose one of several."""
        found = await facilities.list_own(actor)
        if len(found) == 1:
            return go(f"{PATH}/{found[0].id}")
        return page(request, "profiles.html", facilities=found)

    @get("/{facility_id:uuid}", guards=[may("profiles.write")])
    async def show(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what one's own facility says of itself, ready to be changed."""
        return await _profile_page(request, actor, facility_id)

    @post(
        "/{facility_id:uuid}",
        guards=[may("profiles.write")],
        request_max_body_size=MAX_BYTES + 65_536,
    )
    async def change(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Save the profile, show a practitioner, or add, move or remove a photo."""
        form = await read_form(request, language_of(request))
        await require_admitted(actor, "profiles.write")
        try:
            if await _carried_out(actor, facility_id, form):
                return go(f"{PATH}/{facility_id}", done="saved")
        except DomainError as error:
            form.refuse(error)
            return await _profile_page(request, actor, facility_id, form, status=409)
        return await _profile_page(request, actor, facility_id, form, status=422)


async def _carried_out(actor: Actor, facility_id: UUID, form: Form) -> bool:
    """Do what the form asks for; False where something in it is not right yet."""
    wanted = form.value("do")
    if wanted == "photo":
        return await _add_photo(actor, facility_id, form)
    if wanted in ("remove", "first"):
        return await _move_photo(actor, facility_id, form.value("photo"), wanted)
    if wanted == "practitioner":
        command = form.read(ShowPractitioner, consents=form.checked("consents"))
        who = _uuid(form.value("practitioner"))
        if command is None or who is None:
            return False
        await resources.show_practitioner(actor, facility_id, who, command)
        return True
    profile = form.read(WriteProfile)
    if profile is None:
        return False
    await service.write_profile(actor, facility_id, profile, version=form.version())
    return True


async def _add_photo(actor: Actor, facility_id: UUID, form: Form) -> bool:
    raw, language = form.files.get("file"), form.value("language", "en")
    if not raw:
        form.complain("file", MISSING)
    command = form.read(DescribePhoto, alt={language: form.value("alt").strip()})
    if not 3 <= len(form.value("alt").strip()) <= 250:
        form.complain("alt", MISSING)
    if not raw or command is None or form.failed:
        return False
    kind = _SIGNATURES.get(raw[:2], "")
    await service.add_photo(actor, facility_id, raw, kind, command)
    return True


async def _move_photo(actor: Actor, facility_id: UUID, photo: str, wanted: str) -> bool:
    photo_id = _uuid(photo)
    if photo_id is None:
        return False
    if wanted == "remove":
        await service.delete_photo(actor, photo_id)
        return True
    shown = [each.id for each in (await service.show_profile(actor, facility_id)).photos]
    order = [photo_id, *(each for each in shown if each != photo_id)]
    await service.order_photos(actor, facility_id, OrderPhotos(order))
    return True


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _profile_page(
    request: PageRequest, actor: Actor, facility_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    await facilities.facility_of(actor, facility_id, "profiles.write")
    return page(
        request,
        "profile.html",
        status=status,
        form=form,
        facility=await facilities.show_facility(actor, facility_id),
        profile=await service.show_profile(actor, facility_id),
        people=await resources.list_practitioners(actor, facility_id),
        specialties=await catalogue.list_specialties(actor, language.tag),
        languages=[(tag, language.language(tag)) for tag in LANGUAGES],
        access=[(a.value, labels.label(language, "accessibility", a)) for a in Accessibility],
        described=described,
    )
