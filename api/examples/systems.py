"""Examples of the systems of facilities, their keys and their tokens."""

from api.examples.values import HOSPITAL, at, example_id
from domain.actor import ClientScope
from domain.clients import tokens
from domain.clients.types import (
    AccessToken,
    AddClientKey,
    ChangeClient,
    ClientKeyView,
    ClientView,
    RegisterClient,
)

_NAME = "Hospital information system"
_THUMBPRINT = "226fdikkXM0cs9YrWZSPmLBdCYGu5bEkxnFXH47XFIM"
_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "2027-03",
    "x": "Sem9_LCCE6JAt3pIpDcBZ-ILixYNF_eG6Ga6ifkYMKQ",
    "y": "ANGlA0HMoklsazTKghPAq1JYdAY69HxP8iurfKxwg40",
}
"""A real key whose private half nobody kept."""

EXAMPLES = (
    RegisterClient(
        name=_NAME, scopes=[ClientScope.BOOKINGS_READ, ClientScope.BOOKINGS_WRITE], keys=[_JWK]
    ),
    ChangeClient(name=_NAME, scopes=[ClientScope.BOOKINGS_READ]),
    AddClientKey(key=_JWK),
    ClientView(
        id=example_id(101),
        organisation_id=HOSPITAL,
        name=_NAME,
        scopes=[ClientScope.BOOKINGS_READ, ClientScope.BOOKINGS_WRITE],
        keys=[
            ClientKeyView(
                example_id(102), "2027-03", "P-256", _THUMBPRINT, at("2027-03-01"),
                at("2027-03-02", 8, 30),
            )
        ],
        registered_at=at("2027-03-01"),
        last_used_at=at("2027-03-02", 8, 30),
    ),
    AccessToken("sfc.Zq3vT8yWkq0S5t7xYbA1cDzE4fGhJkLm2nPqRsTuVwX", "Bearer", 600, "bookings:read"),
    tokens.server_metadata("https://shifayol.example", "https://shifayol.example/v1/token"),
)  # fmt: skip
