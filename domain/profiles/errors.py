"""What can go wrong with the profile of a facility and with its photos."""

from domain.errors import Conflict, Invalid, NotFound


class UnknownDepartment(Invalid):
    code = "unknown_department"
    title = "A department is named by a specialty of the catalogue"


class NotAPhoto(Invalid):
    code = "not_a_photo"
    title = "This is no readable JPEG or PNG picture of the kind it says it is"


class PhotoTooLarge(Invalid):
    code = "photo_too_large"
    title = "A photo has at most 10 MiB and 40 million pixels"


class PhotoTooSmall(Invalid):
    code = "photo_too_small"
    title = "A photo has at least 200 pixels on each side, and at most four times as many on one"


class TooManyPhotos(Conflict):
    code = "too_many_photos"
    title = "A facility shows at most twelve photos; remove one first"


class NoSuchPhoto(NotFound):
    code = "photo_not_found"
    title = "There is no such photo"


class OrderIncomplete(Invalid):
    code = "photo_order_incomplete"
    title = "An order names every photo of the facility, each once"
