"""Sealing fields of one subject, and finding them again without reading them."""

import hashlib
import hmac
import secrets
from enum import StrEnum
from struct import Struct
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from domain.errors import NotFound, Unavailable
from domain.keys import queries
from domain.keys.provider import KeyProvider

FORMAT = 1
_HEADER = Struct(">BI12s")
"""What stands before the ciphertext: format byte, version of the data key, nonce."""


class KeyDestroyed(NotFound):
    """The subject's data was erased: its key no longer exists."""

    code = "erased"
    title = "This information has been erased"


class SealBroken(Unavailable):
    """A sealed field was changed, moved or truncated outside the marketplace."""

    code = "seal_broken"
    title = "Stored information failed its integrity check; the operator has been told"


class SubjectKind(StrEnum):
    """Whose data a key protects; erasing the subject destroys exactly that key."""

    PATIENT = "patient"
    PERSON = "person"
    PAYEE = "payee"
    ORGANISATION = "organisation"


class Place(msgspec.Struct, frozen=True):
    """Where a sealed value lives; a value moved elsewhere no longer opens."""

    table: str
    column: str
    row_id: UUID


class Keyring:
    """The data keys of one subject, unwrapped for the length of one operation."""

    def __init__(self, kind: SubjectKind, subject_id: UUID, keys: dict[int, bytes]) -> None:
        self._subject = f"{kind}:{subject_id}"
        self._keys = keys

    def seal(self, place: Place, value: bytes) -> bytes:
        """Return format byte, key version, nonce and AES-256-GCM ciphertext bound to `place`."""
        return self._sealed(place, "", value)

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Return what `seal` was given for this place; raises SealBroken or KeyDestroyed."""
        return self._opened(place, "", sealed)

    def seal_text(self, place: Place, value: str) -> bytes:
        """Seal a text as UTF-8."""
        return self.seal(place, value.encode())

    def open_text(self, place: Place, sealed: bytes) -> str:
        """Open a text sealed by `seal_text`."""
        return self.open(place, sealed).decode()

    def seal_chunk(self, place: Place, number: int, end: str, value: bytes) -> bytes:
        """Seal one chunk of a long value, bound to its position and to how it ends.

        The shape is that of `seal`; a chunk that was moved, exchanged or left out no longer opens.
        """
        return self._sealed(place, f"|{number}|{end}", value)

    def open_chunk(self, place: Place, number: int, end: str, sealed: bytes) -> bytes:
        """Return what `seal_chunk` was given; raises SealBroken or KeyDestroyed."""
        return self._opened(place, f"|{number}|{end}", sealed)

    def blind_index(self, value: str) -> bytes:
        """Return an HMAC-SHA-256 that finds equal values of this subject and of nobody else."""
        return hmac.digest(self._keys[min(self._keys)], value.encode(), hashlib.sha256)

    def _sealed(self, place: Place, position: str, value: bytes) -> bytes:
        version, nonce = max(self._keys), secrets.token_bytes(12)
        bound = self._bound(place, version, position)
        ciphertext = AESGCM(self._keys[version]).encrypt(nonce, value, bound)
        return _HEADER.pack(FORMAT, version, nonce) + ciphertext

    def _opened(self, place: Place, position: str, sealed: bytes) -> bytes:
        if len(sealed) < _HEADER.size:
            raise SealBroken
        written_as, version, nonce = _HEADER.unpack_from(sealed)
        if written_as != FORMAT:
            raise SealBroken
        if version not in self._keys:
            raise KeyDestroyed
        bound = self._bound(place, version, position)
        ciphertext = memoryview(sealed)[_HEADER.size :]  # a chunk of a file is not copied for it
        try:
            return AESGCM(self._keys[version]).decrypt(nonce, ciphertext, bound)
        except InvalidTag:
            raise SealBroken from None

    def _bound(self, place: Place, version: int, position: str) -> bytes:
        parts = place.table, place.column, str(place.row_id), self._subject, str(version)
        return ("|".join(parts) + position).encode()


_provider: KeyProvider | None = None


def use_provider(provider: KeyProvider) -> None:
    """Name the process's key provider, once, at start."""
    global _provider
    _provider = provider


def provider() -> KeyProvider:
    """Return the process's key provider."""
    if _provider is None:
        raise RuntimeError("use_provider() was not called at start")
    return _provider


async def create_data_key(kind: SubjectKind, subject_id: UUID) -> Keyring:
    """Make the first data key of a new subject inside the running operation."""
    key, version = secrets.token_bytes(32), provider().current_version
    wrapped = aes_key_wrap(provider().key_encryption_key(version), key)
    await queries.insert_data_key(kind.value, subject_id, wrapped, version)
    return Keyring(kind, subject_id, {1: key})


async def data_key_or_new(kind: SubjectKind, subject_id: UUID) -> Keyring:
    """Return the keys of a subject that is never erased, making the first when there is none.

    Whoever calls holds a lock on the subject, so that two first keys cannot be made at once.
    """
    try:
        return await data_key(kind, subject_id)
    except KeyDestroyed:
        return await create_data_key(kind, subject_id)


async def forget_data_key(kind: SubjectKind, subject_id: UUID) -> int:
    """Destroy every key of a subject inside the running operation; return how many there were."""
    return await queries.delete_data_keys(kind.value, subject_id)


async def data_key(kind: SubjectKind, subject_id: UUID) -> Keyring:
    """Return the subject's keys; raises KeyDestroyed once they were erased."""
    found = await data_keys(kind, [subject_id])
    if subject_id not in found:
        raise KeyDestroyed(subject=(kind.value, subject_id))
    return found[subject_id]


async def data_keys(kind: SubjectKind, subject_ids: list[UUID]) -> dict[UUID, Keyring]:
    """Return the keys of several subjects in one query, without those that were erased.

    Raises SealBroken for a key that was changed in the database.
    """
    keys: dict[UUID, dict[int, bytes]] = {}
    for row in await queries.data_keys(kind.value, subject_ids):
        kek = provider().key_encryption_key(row["kek_version"])
        try:
            unwrapped = aes_key_unwrap(kek, row["wrapped"])
        except InvalidUnwrap:
            raise SealBroken from None
        keys.setdefault(row["subject_id"], {})[row["version"]] = unwrapped
    return {subject: Keyring(kind, subject, versions) for subject, versions in keys.items()}


def blind_index(purpose: str, value: str) -> bytes:
    """Return the HMAC-SHA-256 under which equal values of one purpose are found.

    Purposes: `sign-in` for the platform's sign-in identifiers, `national-id/<state>` for the
    national identifiers of one jurisdiction.
    """
    return hmac.digest(provider().derived(f"blind-index/{purpose}"), value.encode(), hashlib.sha256)
