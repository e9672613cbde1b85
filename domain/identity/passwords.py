"""Password hashes (argon2id, RFC 9106), made beside the event loop and never many at once."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.identity.errors import SignInBusy

AT_ONCE = 2
MOST_WAITING = 40

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))
_places = asyncio.Semaphore(AT_ONCE)
_waiting = 0


async def hashed(password: str) -> str:
    """Return the hash to store; raises SignInBusy when too many wait."""
    return await _in_turn(password, None)


async def matches(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; nobody's hash takes the same work.

    Raises SignInBusy when too many wait.
    """
    return bool(await _in_turn(password, stored or _NOBODY)) and stored is not None


async def _in_turn(password: str, stored: str | None) -> str:
    global _waiting
    if _waiting >= MOST_WAITING:
        raise SignInBusy
    _waiting += 1
    try:
        async with _places:
            if stored is None:
                return await asyncio.to_thread(_hasher.hash, password)
            return "right" if await asyncio.to_thread(_verified, stored, password) else ""
    finally:
        _waiting -= 1


def _verified(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
