"""The public keys with which strangers verify what the platform signed."""

from litestar import Controller, Response, get

from api.http.guards import may
from domain.keys import signatures
from domain.keys.signatures import KeySet


class KeysController(Controller):
    path = "/.well-known"
    tags = ["Credentials"]

    @get(
        "/shifayol-keys.json",
        operation_id="listPublicKeys",
        guards=[may("keys.read")],
        summary="The keys that verify our signatures",
        media_type="application/jwk-set+json",
    )
    async def list_keys(self) -> Response[KeySet]:
        """Return the public keys (RFC 7517) that a signature's `kid` names, for anybody."""
        return Response(signatures.public_keys(), media_type="application/jwk-set+json")
