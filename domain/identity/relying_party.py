"""For which site passkeys are made: the deployment's own address, and no other."""

from urllib.parse import urlsplit

import msgspec


class RelyingParty(msgspec.Struct, frozen=True):
    """The site as WebAuthn knows it: its host, and the one origin that may answer for it."""

    id: str
    origin: str
    name: str = "Shifayol"

    @classmethod
    def of(cls, public_url: str) -> "RelyingParty":
        """Return the relying party of the address that people use."""
        parts = urlsplit(public_url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


_current: RelyingParty | None = None


def use_relying_party(party: RelyingParty) -> None:
    """Name the process's relying party, once, at start."""
    global _current
    _current = party


def relying_party() -> RelyingParty:
    """Return the process's relying party."""
    if _current is None:
        raise RuntimeError("use_relying_party() was not called at start")
    return _current
