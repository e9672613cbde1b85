"""A server as a user starts it, with a real provider beside it, spoken to over HTTP alone."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.factories.authenticator import SoftAuthenticator
from tests.factories.mailbox import token_in, wait_for_mail
from tests.serving import ROOT, serving, wait_until

STRIPE_KEY, WEBHOOK_SECRET = "sk_test_local", "whsec_of_the_journey"


class Server(msgspec.Struct):
    """A running `python -m api serve`: its address, its environment, its provider."""

    address: str
    environment: dict[str, str]
    provider: str
    passkeys: dict[str, SoftAuthenticator] = {}

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client, signed in when a token is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=30)

    def demo(self, person: str) -> httpx.Client:
        """Return the client of a demo person."""
        with self.client() as anonymous:
            answer = anonymous.post("/v1/demo/sessions", json={"person": person})
        assert answer.status_code == 201, answer.text
        return self.client(answer.json()["token"])

    def register(self, email: str, state: str, *, patient: bool = True) -> None:
        """Open an account and register a passkey with it."""
        body = {
            "email": email,
            "password": "a long enough phrase 7",
            "name": {"given": "Aigerim", "family": "Sınaq"},
            "birth_date": "1979-03-08",
            "home_state": state,
            "as_patient": patient,
        }
        folder = Path(self.environment["SHIFAYOL_DATA_DIR"])
        with self.client() as anonymous:
            answer = anonymous.post("/v1/accounts", json=body)
            assert answer.status_code == 202, answer.text
            token = token_in(wait_for_mail(folder, email))
            opened = anonymous.post("/v1/accounts/confirm", json={"token": token})
            assert opened.status_code == 201, opened.text
            by_password = {"email": email, "password": body["password"]}
            first = anonymous.post("/v1/sessions", json=by_password)
        assert first.status_code == 201, first.text
        passkey = self.passkeys[email] = SoftAuthenticator(origin=self.address)
        with self.client(first.json()["token"]) as newcomer:
            options = newcomer.post("/v1/me/passkeys/options").json()
            made = newcomer.post("/v1/me/passkeys", json={"credential": passkey.create(options)})
        assert made.status_code == 201, made.text

    def sign_in(self, email: str) -> httpx.Client:
        """Return the client of somebody who signs in by passkey."""
        with self.client() as anonymous:
            options = anonymous.post("/v1/sessions/passkey/options").json()
            proof = {"credential": self.passkeys[email].get(options)}
            answer = anonymous.post("/v1/sessions/passkey", json=proof)
        assert answer.status_code == 201, answer.text
        return self.client(answer.json()["token"])

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours beside the server."""
        return subprocess.run(
            [sys.executable, "-m", "api", *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def pay_by_card(self, client_secret: str) -> None:
        """Do what the provider's form does in the payer's browser."""
        intent = client_secret.partition("_secret_")[0]
        card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12",
                "card[exp_year]": "2034", "card[cvc]": "123"}  # fmt: skip
        with httpx.Client(base_url=self.provider, auth=(STRIPE_KEY, "")) as provider:
            method = provider.post("/v1/payment_methods", data=card).json()["id"]
            path = f"/v1/payment_intents/{intent}"
            provider.post(path, data={"payment_method": method}).raise_for_status()
            provider.post(f"{path}/confirm").raise_for_status()


@pytest.fixture(scope="session")
def server(localstripe: str) -> Iterator[Server]:
    """The product as a user starts it, with localstripe as its provider."""
    settings = {
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_BASE": localstripe,
    }
    with serving(settings) as (address, environment):
        httpx.post(
            f"{localstripe}/_config/webhooks/w1",
            json={"url": f"{address}/stripe/webhooks", "secret": WEBHOOK_SECRET},
            auth=(STRIPE_KEY, ""),
        ).raise_for_status()
        yield Server(address, environment, localstripe)


@pytest.fixture
def eventually() -> Callable[..., object]:
    """Ask until an answer satisfies, for what the worker does a moment later."""

    def ask(question: Callable[[], object], accepted: Callable[[object], bool]) -> object:
        last: list[object] = []

        def tried() -> bool:
            last[:] = [question()]
            return accepted(last[0])

        wait_until(tried, f"the worker (last answer: {last})", 20)
        return last[0]

    return ask
