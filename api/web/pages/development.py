"""What only a development machine shows: the mails it did not send."""

from email import policy
from email.parser import BytesParser

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.rendering import PageRequest, page
from domain.actor import Actor
from domain.errors import NotFound
from domain.notifications.mail import FolderMailer, mailer


class KeptMail(msgspec.Struct, frozen=True):
    """One mail as its reader would see it; lines that are addresses become links."""

    to: str
    subject: str
    paragraphs: list[str]


class DevelopmentPages(Controller):
    path = "/demo"
    include_in_schema = False

    @get("/mail", guards=[may("identity.sign_in_demo")])
    async def mails(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the latest mails of a machine that has no mail server."""
        kept = mailer()
        if request.app.state.settings.production or not isinstance(kept, FolderMailer):
            raise NotFound
        found = []
        for path in kept.latest():
            message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            text = "\n".join(message.get_content().splitlines()).strip()
            found.append(KeptMail(message["To"], message["Subject"], text.split("\n\n")))
        return page(request, "mails.html", mails=found)
