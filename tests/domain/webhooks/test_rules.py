"""Which addresses may be told, how that is signed, and when it is tried again."""

import base64
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from domain.outward import may_reach
from domain.webhooks import rules
from domain.webhooks.errors import UnusableUrl
from domain.webhooks.types import DisabledReason, Outcome

NOW = datetime(2027, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://his.hospital.example/shifayol?key=1",
        "https://8.8.8.8:8443/",
        "https://[2606:4700::1111]/x",
    ],
)
def test_public_addresses_may_be_told(url: str) -> None:
    rules.require_usable_url(url, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://his.hospital.example/",
        "ftp://his.hospital.example/",
        "https://user:secret@his.hospital.example/",
        "https://@his.hospital.example/",
        "https://his.hospital.example/#part",
        "https://localhost/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://his.hospital.example:99999/",
        "https://[::1/",
        "https:///nowhere",
        "https://his.hospital.example\\@127.0.0.1/",
        "https://his.hospital.example/a b",
        "https://больница.example/",
        "https://his.hospital.example/\r\nX: 1",
    ],
)
def test_everything_else_may_not(url: str) -> None:
    with pytest.raises(UnusableUrl):
        rules.require_usable_url(url, loopback=False)


def test_development_may_tell_its_own_machine_and_nobody_elses() -> None:
    for url in ("http://localhost:9000/x", "http://127.0.0.1:9000", "https://[::1]:9000/"):
        rules.require_usable_url(url, loopback=True)
    for url in ("http://his.hospital.example/", "https://192.168.1.1/", "http://intranet/"):
        with pytest.raises(UnusableUrl):
            rules.require_usable_url(url, loopback=True)
    assert may_reach(ip_address("127.0.0.1"), loopback=True)
    assert not may_reach(ip_address("10.0.0.1"), loopback=True)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    """The vector with which the reference libraries of Standard Webhooks test themselves."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    found = rules.signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert rules.shown_secret(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    both = rules.signature([secret, b"x" * 32], "msg_1", at, b"{}").split(" ")
    assert len(both) == 2 and all(mark.startswith("v1,") for mark in both)


def test_attempts_are_spread_over_a_day() -> None:
    at, waited = NOW, []
    for attempts in range(1, len(rules.DELAYS) + 1):
        following = rules.next_attempt(attempts, at, 1.0)
        assert following is not None and following > at
        waited.append(following - at)
        at = following
    assert waited == sorted(waited)
    assert timedelta(hours=22) < at - NOW < timedelta(hours=26)
    assert rules.next_attempt(len(rules.DELAYS) + 1, at, 1.0) is None


def test_an_address_is_disabled_after_days_in_vain_or_at_its_word() -> None:
    failed, gone = Outcome(503), Outcome(410)
    assert rules.reason_to_disable(failed, None, NOW) is None
    recently, long_ago = NOW - timedelta(days=2, hours=23), NOW - timedelta(days=3)
    assert rules.reason_to_disable(failed, recently, NOW) is None
    assert rules.reason_to_disable(failed, long_ago, NOW) is DisabledReason.FAILING
    assert rules.reason_to_disable(gone, None, NOW) is DisabledReason.GONE
    assert [Outcome(s).delivered for s in (199, 200, 204, 299, 300, 302, None)] == [
        False, True, True, True, False, False, False,
    ]  # fmt: skip
