"""Sealing fields of one subject, and finding them again without reading them."""

import hashlib
import hmac
import secrets
from enum import StrEnum
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from domain.clock import utc_now
from domain.db import connection
from domain.errors import NotFound, Unavailable
from domain.ids import new_id
from domain.keys.provider import KeyProvider

FORMAT = 1
_HEADER = 1 + 4 + 12


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
        version = max(self._keys)
        nonce = secrets.token_bytes(12)
        head = bytes([FORMAT]) + version.to_bytes(4, "big") + nonce
        return head + AESGCM(self._keys[version]).encrypt(nonce, value, self._bound(place, version))

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Return what `seal` was given for this place; raises SealBroken or KeyDestroyed."""
        if len(sealed) < _HEADER or sealed[0] != FORMAT:
            raise SealBroken
        version = int.from_bytes(sealed[1:5], "big")
        if version not in self._keys:
            raise KeyDestroyed
        try:
            return AESGCM(self._keys[version]).decrypt(
                sealed[5:_HEADER], sealed[_HEADER:], self._bound(place, version)
            )
        except InvalidTag:
            raise SealBroken from None

    def seal_text(self, place: Place, value: str) -> bytes:
        """Seal a text as UTF-8."""
        return self.seal(place, value.encode())

    def open_text(self, place: Place, sealed: bytes) -> str:
        """Open a text sealed by `seal_text`."""
        return self.open(place, sealed).decode()

    def blind_index(self, value: str) -> bytes:
        """Return an HMAC-SHA-256 that finds equal values of this subject and of nobody else."""
        return hmac.digest(self._keys[min(self._keys)], value.encode(), hashlib.sha256)

    def _bound(self, place: Place, version: int) -> bytes:
        return "|".join(
            (place.table, place.column, str(place.row_id), self._subject, str(version))
        ).encode()

    def seal_chunk(self, place: Place, number: int, end: str, value: bytes) -> bytes:
        """Seal one chunk of a long value, bound to its position and to how it ends.

        The shape is that of `seal`; a chunk that was moved, exchanged or left out no longer opens.
        """
        version, nonce = max(self._keys), secrets.token_bytes(12)
        head = bytes([FORMAT]) + version.to_bytes(4, "big") + nonce
        bound = self._bound(place, version) + f"|{number}|{end}".encode()
        return head + AESGCM(self._keys[version]).encrypt(nonce, value, bound)

    def open_chunk(self, place: Place, number: int, end: str, sealed: bytes) -> bytes:
        """Return what `seal_chunk` was given; raises SealBroken or KeyDestroyed."""
        if len(sealed) < _HEADER or sealed[0] != FORMAT:
            raise SealBroken
        version = int.from_bytes(sealed[1:5], "big")
        if version not in self._keys:
            raise KeyDestroyed
        bound = self._bound(place, version) + f"|{number}|{end}".encode()
        try:
            return AESGCM(self._keys[version]).decrypt(
                sealed[5:_HEADER], memoryview(sealed)[_HEADER:], bound
            )
        except InvalidTag:
            raise SealBroken from None


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
    await connection().execute(
        "INSERT INTO data_key (id, subject_kind, subject_id, version, wrapped, kek_version,"
        " created_at) VALUES ($1, $2, $3, 1, $4, $5, $6)",
        new_id(), kind.value, subject_id, wrapped, version, utc_now(),
    )  # fmt: skip
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
    rows = await connection().fetch(
        "DELETE FROM data_key WHERE subject_kind = $1 AND subject_id = $2 RETURNING id",
        kind.value, subject_id,
    )  # fmt: skip
    return len(rows)


async def data_key(kind: SubjectKind, subject_id: UUID) -> Keyring:
    """Return the subject's keys; raises KeyDestroyed once they were erased."""
    found = await data_keys(kind, [subject_id])
    if subject_id not in found:
        raise KeyDestroyed(subject=(kind.value, subject_id))
    return found[subject_id]


async def data_keys(kind: SubjectKind, subject_ids: list[UUID]) -> dict[UUID, Keyring]:
    """Return the keys of several subjects in one query, without those that were erased."""
    rows = await connection().fetch(
        "SELECT subject_id, version, wrapped, kek_version FROM data_key"
        " WHERE subject_kind = $1 AND subject_id = ANY($2)",
        kind.value, subject_ids,
    )  # fmt: skip
    keys: dict[UUID, dict[int, bytes]] = {}
    for row in rows:
        kek = provider().key_encryption_key(row["kek_version"])
        keys.setdefault(row["subject_id"], {})[row["version"]] = aes_key_unwrap(kek, row["wrapped"])
    return {subject: Keyring(kind, subject, versions) for subject, versions in keys.items()}


def blind_index(purpose: str, value: str) -> bytes:
    """Return the HMAC-SHA-256 under which equal values of one purpose are found.

    Purposes: `sign-in` for the platform's sign-in identifiers, `national-id/<state>` for the
    national identifiers of one jurisdiction.
    """
    return hmac.digest(provider().derived(f"blind-index/{purpose}"), value.encode(), "sha256")
