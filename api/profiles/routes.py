"""What a facility says of itself: its profile, its people, and its photos."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Lang
from domain.actor import Actor
from domain.availability import resources
from domain.availability.errors import NoSuchPractitioner
from domain.availability.types import PractitionerView, ShowPractitioner
from domain.errors import StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.files.errors import StoreUnavailable
from domain.languages import UnknownLanguage
from domain.profiles import service
from domain.profiles.errors import (
    NoSuchPhoto,
    NotAPhoto,
    OrderIncomplete,
    PhotoTooLarge,
    PhotoTooSmall,
    TooManyPhotos,
    UnknownDepartment,
)
from domain.profiles.pictures import MAX_BYTES, MEDIA_TYPES
from domain.profiles.types import (
    DescribePhoto,
    OrderPhotos,
    PhotoView,
    PhotoWidth,
    ProfileView,
    WriteProfile,
)

WEBP = "image/webp"
FOREVER = "public, max-age=31536000, immutable"


@dataclass
class _PhotoOperation(Operation):
    """Says in OpenAPI what the handler reads as bytes."""

    def __post_init__(self) -> None:
        photo = Schema(
            type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="The photo"
        )
        self.request_body = RequestBody(
            content={name: OpenAPIMediaType(schema=photo) for name in MEDIA_TYPES}, required=True
        )


class ProfilesController(Controller):
    path = "/v1"
    tags = ["Profiles"]

    @get(
        "/facilities/{facility_id:uuid}/profile",
        operation_id="showProfile",
        guards=[may("facilities.read")],
        summary="What a facility says of itself",
        responses=problems(NoSuchFacility),
    )
    async def show(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[ProfileView]:
        """Return departments, languages, accessibility, the nearest airports and the photos."""
        view = await service.show_profile(actor, facility_id)
        return with_etag(view, view.version)

    @put(
        "/facilities/{facility_id:uuid}/profile",
        operation_id="writeProfile",
        guards=[may("profiles.write")],
        summary="Say what a facility is",
        responses=problems(
            NoSuchFacility, UnknownDepartment, UnknownLanguage, StaleVersion, VersionNeeded
        ),
    )
    async def write(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[WriteProfile],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ProfileView]:
        """Say what one's own facility is, over the version in If-Match ("0" the first time)."""
        view = await service.write_profile(actor, facility_id, data, version=version_from(if_match))
        return with_etag(view, view.version)

    @get(
        "/facilities/{facility_id:uuid}/practitioners",
        operation_id="listPractitioners",
        guards=[may("facilities.read")],
        summary="Who works at a facility",
        responses=problems(NoSuchFacility),
    )
    async def practitioners(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[PractitionerView]:
        """List those who agreed to be shown; the facility's own staff see everybody."""
        return await resources.list_practitioners(actor, facility_id)

    @put(
        "/facilities/{facility_id:uuid}/practitioners/{practitioner_id:uuid}",
        operation_id="showPractitioner",
        guards=[may("profiles.write")],
        summary="Show a practitioner, or no longer",
        responses=problems(NoSuchFacility, NoSuchPractitioner, UnknownLanguage),
    )
    async def show_practitioner(
        self,
        facility_id: FromPath[UUID],
        practitioner_id: FromPath[UUID],
        data: JSONBody[ShowPractitioner],
        actor: NamedDependency[Actor],
    ) -> PractitionerView:
        """Show a practitioner of one's own facility who agreed to it; false takes them off."""
        return await resources.show_practitioner(actor, facility_id, practitioner_id, data)

    @post(
        "/facilities/{facility_id:uuid}/photos",
        operation_id="addPhoto",
        guards=[may("profiles.write")],
        summary="Show a photo",
        request_max_body_size=MAX_BYTES,
        operation_class=_PhotoOperation,
        responses=problems(
            NoSuchFacility, NotAPhoto, PhotoTooLarge, PhotoTooSmall, TooManyPhotos,
            UnknownLanguage, StoreUnavailable,
        ),
    )  # fmt: skip
    async def add_photo(
        self,
        facility_id: FromPath[UUID],
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        alt: Annotated[
            str,
            QueryParameter(
                description="What the photo shows, in words", min_length=3, max_length=250
            ),
        ],
        lang: Lang = "en",
    ) -> PhotoView:
        """Show a JPEG or PNG of at most 10 MiB and 40 million pixels, behind the other photos.

        It is kept as WebP in two widths, drawn anew: nothing but the pixels remains.
        """
        media_type = request.content_type[0].lower()
        if media_type not in MEDIA_TYPES:
            raise HTTPException(status_code=415)
        described = DescribePhoto({lang: alt})
        return await service.add_photo(
            actor, facility_id, await request.body(), media_type, described
        )

    @put(
        "/facilities/{facility_id:uuid}/photo-order",
        operation_id="orderPhotos",
        guards=[may("profiles.write")],
        summary="Put photos into an order",
        responses=problems(NoSuchFacility, OrderIncomplete),
    )
    async def order_photos(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[OrderPhotos],
        actor: NamedDependency[Actor],
    ) -> Response[ProfileView]:
        """Show the photos of one's own facility in this order."""
        view = await service.order_photos(actor, facility_id, data)
        return with_etag(view, view.version)

    @put(
        "/facility-photos/{photo_id:uuid}",
        operation_id="describePhoto",
        guards=[may("profiles.write")],
        summary="Say what a photo shows",
        responses=problems(NoSuchPhoto, NoSuchFacility, UnknownLanguage),
    )
    async def describe_photo(
        self,
        photo_id: FromPath[UUID],
        data: JSONBody[DescribePhoto],
        actor: NamedDependency[Actor],
    ) -> PhotoView:
        """Replace the alternative texts of a photo of one's own facility."""
        return await service.describe_photo(actor, photo_id, data)

    @delete(
        "/facility-photos/{photo_id:uuid}",
        operation_id="deletePhoto",
        guards=[may("profiles.write")],
        summary="Remove a photo",
        responses=problems(NoSuchPhoto, NoSuchFacility),
    )
    async def delete_photo(self, photo_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Remove a photo of one's own facility and its pictures."""
        await service.delete_photo(actor, photo_id)

    @get(
        "/facility-photos/{photo_id:uuid}/{width:str}",
        operation_id="showPhoto",
        guards=[may("facilities.read")],
        summary="A photo",
        responses={
            200: ResponseSpec(
                data_container=bytes,
                generate_examples=False,
                media_type=WEBP,
                description="The picture; it never changes, so that it may be kept for a year",
            ),
            **problems(NoSuchPhoto, StoreUnavailable),
        },
    )
    async def show_photo(
        self, photo_id: FromPath[UUID], width: FromPath[PhotoWidth], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Return a photo as WebP in one of its widths."""
        picture = await service.read_picture(actor, photo_id, width)
        return Response(picture, media_type=WEBP, headers={"Cache-Control": FOREVER})
