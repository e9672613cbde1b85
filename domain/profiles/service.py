"""What a facility says of itself, and its photos: written by its staff, read by everybody."""

import contextlib
from datetime import timedelta
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.files.errors import StoreUnavailable
from domain.files.stores import ObjectMissing, store
from domain.ids import new_id
from domain.languages import require_languages
from domain.profiles import queries, rules
from domain.profiles.errors import (
    NoSuchPhoto,
    OrderIncomplete,
    TooManyPhotos,
    UnknownDepartment,
)
from domain.profiles.pictures import Pictures, pictures_of
from domain.profiles.tables import FacilityPhoto
from domain.profiles.types import (
    Accessibility,
    DescribePhoto,
    OrderPhotos,
    PhotoView,
    PhotoWidth,
    ProfileView,
    WriteProfile,
)
from domain.text import clean

ORPHANED_AFTER = timedelta(days=1)


@transactional
async def show_profile(actor: Actor, facility_id: UUID) -> ProfileView:
    """Return what a facility says of itself; raises NoSuchFacility."""
    facility = await facilities.show_facility(actor, facility_id)
    said = await queries.profile(facility.id)
    return ProfileView(
        facility_id=facility.id,
        departments=list(said["departments"]) if said else [],
        languages=list(said["languages"]) if said and said["languages"] else facility.languages,
        accessibility=[Accessibility(each) for each in said["accessibility"]] if said else [],
        airports=rules.airports_near(facility.latitude, facility.longitude),
        photos=await queries.photos(facility.id),
        version=said["version"] if said else 0,
    )


@transactional
async def write_profile(
    actor: Actor, facility_id: UUID, command: WriteProfile, *, version: int
) -> ProfileView:
    """Say what one's own facility is; raises UnknownDepartment, UnknownLanguage, StaleVersion."""
    facility = await facilities.facility_of(actor, facility_id, "profiles.write")
    require_languages(command.languages)
    known = {each.code for each in await catalogue.list_specialties(actor, "en")}
    if unknown := sorted(set(command.departments) - known):
        raise UnknownDepartment(fields={"departments": f"no specialty: {unknown[0]}"})
    unique = WriteProfile(
        departments=sorted(set(command.departments)),
        languages=list(dict.fromkeys(command.languages)),
        accessibility=sorted(set(command.accessibility)),
    )
    if not await queries.write_profile(facility_id, unique, version=version, now=utc_now()):
        raise StaleVersion(subject=("facility", facility_id))
    await audit.record(
        actor, "profiles.write_profile", subject=("facility", facility_id),
        home_state=facility.jurisdiction,
    )  # fmt: skip
    return await show_profile(actor, facility_id)


async def add_photo(
    actor: Actor, facility_id: UUID, raw: bytes, media_type: str, command: DescribePhoto
) -> PhotoView:
    """Show a photo of one's own facility, behind the others.

    The pictures are stored before the row that names them; what is stored and never named is swept.
    Raises NotAPhoto, PhotoTooLarge, PhotoTooSmall, TooManyPhotos and StoreUnavailable.
    """
    await _require_room(actor, facility_id, command)
    pictures = await pictures_of(raw, media_type)
    photo_id = new_id()
    for width, picture in pictures.by_width.items():
        await store().create(rules.object_key(photo_id, width), picture)
    return await _insert(actor, facility_id, photo_id, pictures, command)


@transactional
async def _require_room(actor: Actor, facility_id: UUID, command: DescribePhoto) -> None:
    await facilities.facility_of(actor, facility_id, "profiles.write")
    require_languages(command.alt)
    if len(await queries.photos(facility_id)) >= rules.MOST_PHOTOS:
        raise TooManyPhotos(subject=("facility", facility_id))


@transactional
async def _insert(
    actor: Actor, facility_id: UUID, photo_id: UUID, pictures: Pictures, command: DescribePhoto
) -> PhotoView:
    facility = await facilities.facility_of(actor, facility_id, "profiles.write")
    shown = await queries.lock_photos(facility_id)
    if len(shown) >= rules.MOST_PHOTOS:
        raise TooManyPhotos(subject=("facility", facility_id))
    await queries.insert_photo(
        FacilityPhoto(
            id=photo_id,
            facility_id=facility_id,
            position=len(shown) + 1,
            alt=_cleaned(command),
            width=pictures.width,
            height=pictures.height,
            uploaded_by=actor.account_id,
            created_at=utc_now(),
        )
    )
    await audit.record(
        actor, "profiles.add_photo", subject=("facility_photo", photo_id),
        home_state=facility.jurisdiction, detail={"facility_id": str(facility_id)},
    )  # fmt: skip
    return await _photo(photo_id)


def _cleaned(command: DescribePhoto) -> dict[str, str]:
    return {tag: clean(text) for tag, text in command.alt.items()}


@transactional
async def describe_photo(actor: Actor, photo_id: UUID, command: DescribePhoto) -> PhotoView:
    """Say anew what a photo of one's own facility shows; raises NoSuchPhoto, UnknownLanguage."""
    await _own_photo(actor, photo_id)
    require_languages(command.alt)
    await queries.describe_photo(photo_id, _cleaned(command))
    await audit.record(actor, "profiles.describe_photo", subject=("facility_photo", photo_id))
    return await _photo(photo_id)


@transactional
async def order_photos(actor: Actor, facility_id: UUID, command: OrderPhotos) -> ProfileView:
    """Show the photos of one's own facility in this order; raises OrderIncomplete."""
    await facilities.facility_of(actor, facility_id, "profiles.write")
    shown = await queries.lock_photos(facility_id)
    if sorted(command.photos) != sorted(shown):
        raise OrderIncomplete(fields={"photos": OrderIncomplete.title})
    await queries.order_photos(command.photos)
    await audit.record(actor, "profiles.order_photos", subject=("facility", facility_id))
    return await show_profile(actor, facility_id)


async def delete_photo(actor: Actor, photo_id: UUID) -> None:
    """Show a photo of one's own facility no longer, and remove its pictures."""
    await _delete_row(actor, photo_id)
    # A store that does not answer now is swept later.
    with contextlib.suppress(StoreUnavailable):
        for width in PhotoWidth:
            await store().delete(rules.object_key(photo_id, width))


@transactional
async def _delete_row(actor: Actor, photo_id: UUID) -> None:
    await _own_photo(actor, photo_id)
    await queries.delete_photo(photo_id)
    await audit.record(actor, "profiles.delete_photo", subject=("facility_photo", photo_id))


async def read_picture(actor: Actor, photo_id: UUID, width: PhotoWidth) -> bytes:
    """Return one width of a photo as WebP; raises NoSuchPhoto and StoreUnavailable."""
    await _shown(actor, photo_id)
    try:
        return await store().read(rules.object_key(photo_id, width))
    except ObjectMissing:
        raise NoSuchPhoto(subject=("facility_photo", photo_id)) from None


async def sweep_pictures() -> int:
    """Remove pictures that no photo names any more; return how many.

    A young one is left alone for a day: its row may be about to be written.
    """
    before, removed = utc_now() - ORPHANED_AFTER, 0
    async for page in store().pages(rules.PREFIX):
        old = {
            each.key: photo
            for each in page
            if each.modified_at < before and (photo := rules.photo_of(each.key)) is not None
        }
        known = await _known(SYSTEM, list(old.values()))
        for key in [key for key, photo in old.items() if photo not in known]:
            await store().delete(key)
            removed += 1
    return removed


@transactional
async def _known(actor: Actor, ids: list[UUID]) -> set[UUID]:
    return await queries.known_photos(ids)


@transactional
async def _shown(actor: Actor, photo_id: UUID) -> PhotoView:
    return await _photo(photo_id)


async def _photo(photo_id: UUID) -> PhotoView:
    found = await queries.photo(photo_id)
    if found is None:
        raise NoSuchPhoto(subject=("facility_photo", photo_id))
    return found


async def _own_photo(actor: Actor, photo_id: UUID) -> PhotoView:
    found = await _photo(photo_id)
    await facilities.facility_of(actor, found.facility_id, "profiles.write")
    return found
