"""Published test vectors, laid out as a deployment's key folder: what a change must still open."""

from pathlib import Path

from domain.keys.provider import write_private

KEK = bytes(range(32))
DATA_KEY = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
WRAPPED = bytes.fromhex(
    "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
)
"""RFC 3394, section 4.6: 256 bits of key data under a 256-bit key-encryption key."""

ROOT, PURPOSE = b"Jefe", "what do ya want for nothing?"
DERIVED = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
"""RFC 4231, section 4.3: HMAC-SHA-256."""

SIGNING = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
VERIFYING = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
"""RFC 8032, section 7.1, test 1: Ed25519."""

FILES = {"kek-1": KEK, "root": ROOT, "signing": SIGNING, "current": b"1"}


def key_folder(path: Path, **changed: bytes) -> Path:
    """Write a key folder of these vectors, with other content where a test says so."""
    path.mkdir(mode=0o700)
    for name, content in {**FILES, **changed}.items():
        write_private(path / name, content)
    return path
