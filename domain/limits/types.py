"""The figures: how often each kind of asking may happen."""

from datetime import timedelta

import msgspec

FREE_FAILURES = 3
FREE_FAILURES_OF_ADDRESS = 30
"""Many people share an address: a hospital, a village, a mobile carrier."""

LONGEST_WAIT_S = 30.0
FORGOTTEN_AFTER = timedelta(minutes=15)


class Limit(msgspec.Struct, frozen=True):
    """At most `most` in `per_s` seconds; a process takes `lease` of them at a time."""

    name: str
    most: int
    per_s: float
    lease: int = 1


SIGN_IN_ACCOUNT = Limit("sign-in-account", 5, 60)
SIGN_IN_ADDRESS = Limit("sign-in-address", 30, 60)
TOKENS = Limit("tokens", 30, 60)
PUBLIC_SEARCH = Limit("public-search", 60, 60, lease=5)
PUBLIC = Limit("public", 300, 60, lease=20)
SIGNED_IN = Limit("signed-in", 600, 60, lease=30)
HOLDS = Limit("holds", 10, 3600)
RECORD_READS = Limit("record-reads", 120, 60, lease=10)
CALENDARS = Limit("calendars", 60, 60, lease=5)
EXPORTS = Limit("exports", 5, 86_400)
PROFILES = Limit("profiles", 120, 3600, lease=10)
REGISTERS = Limit("registers", 30, 3600)

BY_ACTION: dict[str, Limit] = {
    "identity.register": SIGN_IN_ADDRESS,
    "identity.sign_in": SIGN_IN_ADDRESS,
    "identity.follow_link": SIGN_IN_ADDRESS,
    "clients.fetch_token": TOKENS,
    "identity.link_eid": SIGN_IN_ADDRESS,
    "identity.finish_eid_link": SIGN_IN_ADDRESS,
    "search.read": PUBLIC_SEARCH,
    "search.suggest": Limit("suggest", 240, 60, lease=20),
    "calendars.read": CALENDARS,
    "letters.verify": Limit("letter-checks", 60, 60, lease=5),
    "letters.issue": Limit("letters", 30, 3600),
    "bookings.hold": HOLDS,
    "records.read": RECORD_READS,
    "referrals.read_record": RECORD_READS,
    "patients.export": EXPORTS,
    "registers.upload": REGISTERS,
    "profiles.write": PROFILES,
}
"""Which actions have a limit of their own beside the general one."""

UNLIMITED = frozenset({"health.read", "pages.static", "metrics.read", "payments.receive_event"})
"""What is never refused for its frequency: the watchers' questions and the provider's events."""
