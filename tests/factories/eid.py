"""Providers of electronic identity: an independent one, and a browser that signs in there."""

import contextlib
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import msgspec
from joserfc.jwk import ECKey

from domain.identity.eid.types import AboutProvider, Attempt, EidClaims, Level, Tokens
from tests.serving import skip, wait_until

OIDC_PROVIDER = "oidc-provider@9.13.3"
SECRET = "a secret: of the tests & 100% theirs"  # what a form's encoding changes is in it
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
CLIENT_KEY = ECKey.generate_key("P-256", {"kid": "ours", "use": "sig"})


def someone(
    given: str = "Aygul", *, born: str = "1980-02-29", level: str = "substantial", pin: str = ""
) -> str:
    """Return the login that makes the independent provider know such a person."""
    return f"{given}/{born}/{level}/{pin}"


class Running(msgspec.Struct, frozen=True):
    """A provider that answers, and what a deployment's file says about it."""

    address: str

    def settings(self, client: str = "shifayol", **changes: Any) -> dict[str, Any]:
        """Return the provider as an entry of the configuration."""
        proved = (
            {"private_key": CLIENT_KEY.as_dict(private=True)}
            if client == "with-key"
            else {"client_secret": SECRET}
        )
        return {
            "kind": "oidc",
            "name": "Test ESI",
            "country": "KG",
            "issuer": self.address,
            "client_id": client,
            "authorization_endpoint": f"{self.address}/auth",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/me",
            "jwks_uri": f"{self.address}/jwks",
            "acr_values": "urn:level:high urn:level:substantial urn:level:low",
            "levels": {f"urn:level:{level}": level for level in ("low", "substantial", "high")},
            "national_id_claim": "pin",
            **proved,
            **changes,
        }


@contextlib.contextmanager
def oidc_modules() -> Iterator[Path]:
    """Fetch the provider by npm into a scratch folder, or use SHIFAYOL_TEST_OIDC_PROVIDER."""
    if named := os.environ.get("SHIFAYOL_TEST_OIDC_PROVIDER"):
        yield Path(named)
        return
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        skip(
            "no OpenID provider: install node and npm, or name a node_modules folder with "
            "oidc-provider in SHIFAYOL_TEST_OIDC_PROVIDER"
        )
    folder = Path(tempfile.mkdtemp(prefix="oidc-"))
    fetched = subprocess.run(
        [str(npm), "install", "--no-audit", "--no-fund", "--ignore-scripts", OIDC_PROVIDER],
        cwd=folder, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    if fetched.returncode:
        skip(f"npm could not fetch {OIDC_PROVIDER}; see SHIFAYOL_TEST_OIDC_PROVIDER")
    yield folder / "node_modules"
    shutil.rmtree(folder)


@contextlib.contextmanager
def running(modules: Path, port: int, *redirect_uris: str) -> Iterator[Running]:
    """Run the independent provider in a process of its own until the body ends."""
    told = {
        "modules": str(modules),
        "port": port,
        "redirect_uris": redirect_uris,
        "client_jwks": {"keys": [CLIENT_KEY.as_dict(private=False)]},
    }
    process = subprocess.Popen(
        ["node", str(SCRIPT), json.dumps(told)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: httpx.get(f"{address}/jwks").is_success, "oidc-provider")
        yield Running(address)
    finally:
        process.kill()
        process.wait()


class Vouching:
    """A stand-in at the Protocol: whatever code it is given is the subject it vouches for."""

    def __init__(self, key: str = "vouching", **claims: Any) -> None:
        self.about = AboutProvider(
            key=key, name="Vouching", country="KG", issuer="https://vouching.example",
            least_level=Level.SUBSTANTIAL,
        )  # fmt: skip
        self._claims = {"level": Level.HIGH, "given": "Aygul"} | claims

    def authorize_url(self, attempt: Attempt) -> str:
        return f"{self.about.issuer}/authorize?state={attempt.state}"

    async def exchange(self, code: str, attempt: Attempt) -> Tokens:
        return Tokens(code)

    async def userinfo(self, tokens: Tokens, attempt: Attempt) -> EidClaims:
        return EidClaims(issuer=self.about.issuer, subject=tokens.access_token, **self._claims)


async def vouched_link(client: httpx.AsyncClient, subject: str, key: str = "vouching") -> str:
    """Link a subject of the stand-in with whoever the client is, and return the link's id."""
    going = (await client.post(f"/v1/eid/{key}/link-authorizations")).json()
    state = parse_qs(urlsplit(going["url"]).query)["state"][0]
    body = {"code": subject, "state": state, "binding": going["binding"]}
    answer = await client.post(f"/v1/eid/{key}/links", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


_FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.S)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


async def came_back(url: str, login: str, *, agrees: bool = True) -> dict[str, str]:
    """Sign in at the provider as a browser does, and return what it sends the browser back with."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
        for _ in range(12):
            if answer.is_redirect:
                onward = urljoin(str(answer.url), answer.headers["location"])
                if urlsplit(onward).path.startswith("/eid/"):
                    return {
                        name: each[0] for name, each in parse_qs(urlsplit(onward).query).items()
                    }
                answer = await browser.get(onward)
                continue
            assert answer.is_success, answer.text
            if not agrees:
                answer = await browser.get(re.search(r'href="([^"]+/abort)"', answer.text)[1])  # type: ignore[index]
                continue
            action, inside = _FORM.search(answer.text).groups()  # type: ignore[union-attr]
            typed = dict(_HIDDEN.findall(inside)) | {"login": login, "password": "any"}
            answer = await browser.post(html.unescape(action), data=typed)
    raise AssertionError("the provider never sent the browser back")
