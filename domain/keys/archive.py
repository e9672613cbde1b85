"""The key folder under a passphrase: what a backup of the database is worth nothing without.

Format 1: `SHIFAYOL-KEYS`, a format byte, 16 bytes of salt, 12 of nonce, then AES-256-GCM over
a JSON object of the files, under a key derived by argon2id (RFC 9106, 64 MiB, three passes).
"""

import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from struct import Struct

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.keys.provider import FileKeys, KeysMissing, write_private

_MAGIC = b"SHIFAYOL-KEYS\x01"
_HEADER, _TAG = Struct("14s16s12s"), 16
SHORTEST_PASSPHRASE = 12


def pack(folder: Path, passphrase: str) -> bytes:
    """Return the key folder sealed under a passphrase; raises KeysMissing for a weak one."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise KeysMissing(f"the passphrase needs at least {SHORTEST_PASSPHRASE} characters")
    FileKeys(folder)  # complete and private, or it says what is wrong
    files = {path.name: b64encode(path.read_bytes()).decode() for path in sorted(folder.iterdir())}
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_derived(passphrase, salt)).encrypt(nonce, msgspec.json.encode(files), _MAGIC)
    return _HEADER.pack(_MAGIC, salt, nonce) + sealed


def unpack(archive: bytes, passphrase: str, folder: Path) -> None:
    """Put the keys back into an empty or absent folder; raises KeysMissing, and then does nothing.

    A wrong passphrase and a changed archive cannot be told apart.
    """
    if len(archive) < _HEADER.size + _TAG or not archive.startswith(_MAGIC):
        raise KeysMissing("this is no archive of keys")
    _, salt, nonce = _HEADER.unpack_from(archive)
    sealed = archive[_HEADER.size :]
    try:
        plain = AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed, _MAGIC)
    except InvalidTag:
        raise KeysMissing("the passphrase is wrong, or the archive was changed") from None
    if folder.exists() and any(folder.iterdir()):
        raise KeysMissing(f"{folder} is not empty; keys are never overwritten")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in msgspec.json.decode(plain, type=dict[str, str]).items():
        write_private(folder / Path(name).name, b64decode(content))


def _derived(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(passphrase.encode(), salt, 3, 64 * 1024, 4, 32, Type.ID)
