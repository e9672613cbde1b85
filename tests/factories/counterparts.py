"""Servers of our own for what no independent one does: OneID, and providers that misbehave."""

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

Answer = tuple[int, dict[str, str], bytes | Iterator[bytes]]
Asked = dict[str, str]


def as_json(value: object, status: int = 200) -> Answer:
    """Return an answer with a JSON body."""
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


class Server(msgspec.Struct):
    """A server on the loopback whose answers by path a test exchanges as it likes."""

    address: str
    answers: dict[str, Callable[[Asked], Answer]] = {}
    asked: list[tuple[str, Asked]] = []


@contextlib.contextmanager
def serving_answers() -> Iterator[Server]:
    """Run a server until the body ends; what is asked for without an answer is not found."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self._answer(self.rfile.read(length).decode())

        def _answer(self, sent: str) -> None:
            path = urlsplit(self.path).path
            asked = {name: values[0] for name, values in parse_qs(sent).items()}
            server.asked.append((path, asked))
            answer = server.answers.get(path, lambda _: (404, {}, b""))(asked)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(answer[0])
                body = answer[2] if isinstance(answer[2], bytes) else None
                length = {"Content-Length": str(len(body))} if body is not None else {}
                for name, value in (length | answer[1]).items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in [body] if body is not None else answer[2]:
                    self.wfile.write(piece)  # type: ignore[arg-type]
                    self.wfile.flush()

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = Server(f"http://127.0.0.1:{listening.server_port}", {}, [])
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


ONEID_PERSON = {
    "valid": "true", "validation_method": ["PKCSMETHOD"], "pin": "30101851234567",
    "user_id": "akarimov", "full_name": "KARIMOV ALI VALIYEVICH", "pport_no": "AA1234567",
    "birth_date": "1980-02-29", "sur_name": "KARIMOV", "first_name": "ALI",
    "mid_name": "VALIYEVICH", "user_type": "I", "sess_id": "c0a8f2de-4b1c-4b4e-9d5d-0f9f7b0a1e11",
    "ret_cd": "0", "auth_method": "PKCSMETHOD", "legal_info": [],
}  # fmt: skip


class OneId:
    """A counterpart of OneID, written by us: there is no independent server to test against.

    As the protocol is publicly known: one address; `one_code` sends the browser back with a code;
    `one_authorization_code` takes the code once, with the client's secret and the same return
    address; `one_access_token_identify` tells who it is, with `ret_cd` "0" where all is well.
    """

    path = "/sso/oauth/Authorization.do"
    client_id, client_secret, scope = "shifayol", "oneid-secret-of-tests", "shifayol"

    def __init__(self, server: Server, redirect_uri: str) -> None:
        self.endpoint = server.address + self.path
        self.issuer = server.address
        self.person: dict[str, Any] = dict(ONEID_PERSON)
        self._redirect_uri = redirect_uri
        self._codes: set[str] = set()
        self._tokens: set[str] = set()
        server.answers[self.path] = self._answer

    def _answer(self, asked: Asked) -> Answer:
        if asked.get("response_type") == "one_code":
            return self._authorize(asked)
        if asked.get("client_id") != self.client_id or (
            asked.get("client_secret") != self.client_secret
        ):
            return as_json({"error": "invalid_client"}, 401)
        if asked.get("grant_type") == "one_authorization_code":
            return self._exchange(asked)
        if asked.get("grant_type") == "one_access_token_identify":
            known = asked.get("access_token") in self._tokens and asked.get("scope") == self.scope
            return as_json(self.person if known else {"ret_cd": "1"})
        return as_json({"error": "unsupported_grant_type"}, 400)

    def _authorize(self, asked: Asked) -> Answer:
        if (asked.get("client_id"), asked.get("redirect_uri"), asked.get("scope")) != (
            self.client_id, self._redirect_uri, self.scope,
        ):  # fmt: skip
            return as_json({"error": "invalid_request"}, 400)
        code = secrets.token_hex(16)
        self._codes.add(code)
        back = urlencode({"code": code, "state": asked["state"]})
        return 302, {"Location": f"{self._redirect_uri}?{back}"}, b""

    def _exchange(self, asked: Asked) -> Answer:
        code = asked.get("code", "")
        if code not in self._codes or asked.get("redirect_uri") != self._redirect_uri:
            return as_json({"error": "invalid_grant"}, 400)
        self._codes.discard(code)
        token = secrets.token_hex(16)
        self._tokens.add(token)
        return as_json(
            {
                "scope": self.scope,
                "expires_in": "1800000",
                "token_type": "bearer",
                "refresh_token": secrets.token_hex(16),
                "access_token": token,
            }
        )

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return this provider as an entry of the configuration."""
        return {
            "kind": "oneid",
            "name": "Test OneID",
            "issuer": self.issuer,
            "endpoint": self.endpoint,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
            "levels": {"PKCSMETHOD": "high", "MOBILEMETHOD": "substantial"},
            **changes,
        }
