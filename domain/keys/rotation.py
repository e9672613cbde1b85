"""The keys above the data keys and the database: whether they fit, and their rotation.

Rotating wraps each data key anew; its data stays untouched.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.db import connection, transactional
from domain.keys import queries
from domain.keys.provider import KeysMissing
from domain.keys.service import SealBroken, SubjectKind, data_keys, provider

BATCH = 500

Progress = Callable[[int, int], None]


async def rewrap(progress: Progress = lambda _, __: None) -> int:
    """Wrap every data key with the current key-encryption key; return how many were wrapped anew.

    Each batch is a transaction of its own, so a rotation that was cut off goes on where it
    stopped, beside a running service: what is wrapped by an old key stays readable to the end.
    """
    total, done = await left(SYSTEM), 0
    while count := await _rewrap_batch(SYSTEM):
        done += count
        progress(done, total)
    if done:
        await _note(SYSTEM, done)
    return done


@transactional
async def _rewrap_batch(actor: Actor) -> int:
    keys = provider()
    current = keys.current_version
    rows = await connection().fetch(
        "SELECT id, wrapped, kek_version FROM data_key WHERE kek_version <> $1"
        " ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED",
        current, BATCH,
    )  # fmt: skip
    fresh = keys.key_encryption_key(current)
    await connection().executemany(
        "UPDATE data_key SET wrapped = $2, kek_version = $3 WHERE id = $1",
        [
            (
                row["id"],
                aes_key_wrap(
                    fresh,
                    aes_key_unwrap(keys.key_encryption_key(row["kek_version"]), row["wrapped"]),
                ),
                current,
            )
            for row in rows
        ],
    )
    return len(rows)


@transactional
async def left(actor: Actor) -> int:
    """Return how many data keys an old key-encryption key still wraps."""
    return sum(
        count for version, count in (await wrapped(actor)).items()
        if version != provider().current_version
    )  # fmt: skip


@transactional
async def wrapped(actor: Actor) -> dict[int, int]:
    """Return how many data keys each version of the key-encryption key wraps."""
    rows = await connection().fetch(
        "SELECT kek_version, count(*) AS count FROM data_key GROUP BY 1 ORDER BY 1"
    )
    return {row["kek_version"]: row["count"] for row in rows}


@transactional
async def _note(actor: Actor, count: int) -> None:
    await audit.record(
        actor, "keys.rewrap", subject=("kek", provider().current_version),
        detail={"count": count},
    )  # fmt: skip


@transactional
async def require_own_database(actor: Actor) -> None:
    """Refuse to work with keys under which this database was not sealed; raises KeysMissing.

    Asked at each start: what went on with other keys would find nobody, and seal what the right
    keys do not open.
    """
    newest = await queries.newest_data_key()
    if newest is None:
        return
    kind, subject_id = SubjectKind(newest["subject_kind"]), newest["subject_id"]
    try:
        await data_keys(kind, [subject_id])
    except SealBroken:
        raise KeysMissing(
            "the keys in use are not those of this database: put the backed-up folder in their "
            "place, or name the right one with SHIFAYOL_KEY_DIR"
        ) from None
