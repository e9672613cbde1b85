"""A software authenticator: what a phone's passkey does, with every knob a test wants to turn."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    """Encode as WebAuthn's JSON does: base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Decode base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _cbor(value: Any) -> bytes:
    """Encode the few CBOR kinds that an attestation needs (RFC 8949)."""
    if isinstance(value, int):
        major, number = (0, value) if value >= 0 else (1, -1 - value)
        return _head(major, number)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    return _head(5, len(value)) + b"".join(_cbor(k) + _cbor(v) for k, v in value.items())


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    if number < 256:
        return bytes([major << 5 | 24, number])
    return bytes([major << 5 | 25]) + number.to_bytes(2, "big")


class SoftAuthenticator:
    """One passkey in software, for one site."""

    def __init__(self, origin: str = "https://localhost", rp_id: str = "localhost") -> None:
        self.origin, self.rp_id = origin, rp_id
        self.credential_id = secrets.token_bytes(32)
        self.counter = 0
        self.key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any], *, verified: bool = True) -> dict[str, Any]:
        """Answer `navigator.credentials.create` with a new credential, attestation `none`."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}  # fmt: skip  # noqa: E501
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(verified, ATTESTED) + attested + _cbor(cose)
        attestation = _cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._answer(
            {"clientDataJSON": b64(client_data), "attestationObject": b64(attestation)}
        )

    def get(
        self, options: dict[str, Any], *, verified: bool = True, counter: int | None = None
    ) -> dict[str, Any]:
        """Answer `navigator.credentials.get`; the counter goes up unless one is given."""
        self.counter = self.counter + 1 if counter is None else counter
        data = self._data(verified)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(data),
                "signature": b64(signature),
            }
        )

    def _data(self, verified: bool, more: int = 0) -> bytes:
        flags = USER_PRESENT | (USER_VERIFIED if verified else 0) | more
        rp = hashlib.sha256(self.rp_id.encode()).digest()
        return rp + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = b64(self.credential_id)
        return {
            "id": name, "rawId": name, "type": "public-key", "response": response,
            "clientExtensionResults": {},
        }  # fmt: skip
