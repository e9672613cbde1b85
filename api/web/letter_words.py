"""What letters say, in the patient's language and the destination's; no treatment among it."""

from api.web.languages import N_, Language, home_zone, of_tag
from domain.letters.types import Column, LetterFacts, LetterText, Line


def written(facts: LetterFacts, public_url: str) -> LetterText:
    """Return a letter's text in both its languages."""
    columns = [_column(facts, of_tag(tag) or Language("en")) for tag in facts.languages]
    return LetterText(columns, f"{public_url}/letters/{facts.token}")


def _column(facts: LetterFacts, language: Language) -> Column:
    say = language.gettext
    facility = " ".join(facts.facility_names.get(language.tag, facts.facility_name).split())
    city = facts.city_names.get(language.tag, facts.city)
    place = ", ".join(part for part in (facts.address, city, language.state(facts.state)) if part)
    lines = [
        Line(say(N_("Name as in the passport")), facts.passport_name),
        Line(say(N_("Facility")), facility),
        Line(say(N_("Address")), " ".join(place.split())),
        Line(say(N_("Start")), _moments(facts, language, start=True)),
        Line(say(N_("End")), _moments(facts, language, start=False)),
        Line(say(N_("Accompanied by")), _companions(language, facts.companions)),
        Line(say(N_("Number of the booking")), str(facts.booking_id)),
        Line(say(N_("Issued on")), f"{language.moment(facts.issued_at, 'UTC')} UTC"),
    ]
    title = say(N_("Invitation and confirmation of an appointment"))
    if facts.demo:
        title = f"{title} ({say(N_('demo, invented'))})"
    return Column(
        language.tag,
        title,
        say(
            N_(
                "%(facility)s confirms that it expects the person named below at the time stated, "
                "and asks the authorities to let them enter and stay for it."
            )
        )
        % {"facility": facility},
        lines,
        say(N_("Whether this letter holds today is shown at this address:")),
    )


def _moments(facts: LetterFacts, language: Language, *, start: bool) -> str:
    at = facts.starts_at if start else facts.ends_at
    zones = dict.fromkeys((facts.zone, home_zone(facts.home_state)))
    shown = language.gettext(N_("%(city)s time"))
    return "; ".join(
        f"{language.moment(at, zone)} ({shown % {'city': language.place_of(zone)}})"
        for zone in zones
    )


def _companions(language: Language, count: int) -> str:
    if not count:
        return language.gettext(N_("nobody"))
    return language.ngettext("%(num)s person", "%(num)s persons", count)
