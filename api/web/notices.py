"""Notices on their way to their readers: mails with little in them, and nudges with nothing."""

from api.web.languages import N_, Language, home_zone
from api.web.notice_words import told
from domain.actor import SYSTEM
from domain.bookings.parties import BookingParties, booking_parties
from domain.identity.relying_party import relying_party
from domain.notifications import service as notices
from domain.notifications.events import NoticeMade, NudgeDue
from domain.notifications.mail import Mail, mailer
from domain.notifications.nudges import Nudge, nudger
from domain.notifications.types import DueNotice


async def send_notice(event: NoticeMade) -> None:
    """Mail a notice to whoever wants it (told by the outbox)."""
    due = await notices.due_notice(SYSTEM, event.notice_id)
    if due is None:
        return
    booking = None
    if "booking_id" in due.notice.params:
        booking = await booking_parties(SYSTEM, due.notice.booking_id)
    await mailer().send(written(due, booking))


def written(due: DueNotice, booking: BookingParties | None) -> Mail:
    """Write a notice's mail: what happened, where and when, and the way to the rest."""
    language = Language(due.language)
    says = told(language, due.notice)
    parts = [f"{says.title}."]
    if booking is not None:
        parts.append("\n".join(_facts(language, booking)))
    parts.append(f"{relying_party().origin}{says.path}")
    if due.notice.topic is not None:
        parts.append(language.gettext(N_("Under Notices you choose of what we write to you.")))
    parts.append("Shifayol")
    return Mail(
        id=due.notice.id.hex,
        to=due.email,
        subject=says.title,
        text="\n\n".join(parts) + "\n",
        language=language.tag,
    )


def _facts(language: Language, booking: BookingParties) -> list[str]:
    place = language.gettext(N_("%(city)s time")) % {"city": language.place_of(booking.zone)}
    lines = [
        " ".join(booking.facility_name.split()),
        f"{language.moment(booking.starts_at, booking.zone)} ({place})",
    ]
    own = home_zone(booking.home_state)
    if language.time(booking.starts_at, own) != language.time(booking.starts_at, booking.zone):
        lines.append(
            language.gettext(N_("%(time)s on your clock in %(city)s"))
            % {"time": language.moment(booking.starts_at, own), "city": language.place_of(own)}
        )
    return lines


async def send_nudge(event: NudgeDue) -> None:
    """Nudge somebody who has news and left a number for it (told by the outbox)."""
    due = await notices.due_nudge(SYSTEM, event.account_id)
    if due is None:
        return
    text = Language(due.language).gettext(N_("You have news at Shifayol: %(address)s"))
    address = f"{relying_party().origin}/notices"
    await nudger().nudge(Nudge(event.nudge_id.hex, due.phone, text % {"address": address}))
