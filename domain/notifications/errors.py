"""Why a notice cannot be found."""

from domain.errors import NotFound


class NoSuchNotice(NotFound):
    code = "notice_not_found"
    title = "There is no such notice among yours"
