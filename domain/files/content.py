"""Plain bytes into sealed objects and back, a chunk at a time, so that memory stays flat."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.db import transactional
from domain.files import queries, rules
from domain.files.errors import LargerThanDeclared, UploadBusy
from domain.files.events import FileUploaded
from domain.files.stores import ObjectMissing, store
from domain.files.types import CHUNK, Part
from domain.ids import new_id
from domain.keys.service import Keyring, Place, SealBroken
from domain.outbox.service import publish

KEPT_EVERY_S = 20.0
"""After so many seconds even an unfinished chunk is kept, and the writer's claim is renewed."""


class Claim(msgspec.Struct, frozen=True):
    """One writer's hold on a file whose content is arriving."""

    file_id: UUID
    patient_id: UUID | None
    home_state: str
    size: int
    received: int
    writer: UUID
    last: Part | None
    keyring: Keyring


def place_of(file_id: UUID) -> Place:
    """Return the place to which every chunk of a file is sealed."""
    return Place("stored_file", "content", file_id)


async def read_chunks(
    file_id: UUID, size: int, parts: list[Part], keyring: Keyring
) -> AsyncIterator[bytes]:
    """Yield a complete file's plain bytes in chunks of 1 MiB.

    Raises SealBroken as soon as a part is missing, moved, shortened or changed; what was yielded
    before was whole.
    """
    if not rules.complete(size, parts):
        raise SealBroken
    for part in parts:
        yield await _opened(file_id, size, part, keyring)


async def _opened(file_id: UUID, size: int, part: Part, keyring: Keyring) -> bytes:
    try:
        sealed = await store().read(rules.key_of(file_id, part.id))
    except ObjectMissing:
        raise SealBroken from None
    end = rules.end_of(size, part.number, part.size)
    plain = await asyncio.to_thread(keyring.open_chunk, place_of(file_id), part.number, end, sealed)
    if len(plain) != part.size:
        raise SealBroken
    return plain


class Writing:
    """Takes an upload's bytes as they come and keeps each chunk as soon as it is whole.

    Bytes never lie in the store unsealed. The last chunk waits for the end of the body, since
    only then it is certain that no more follows than was declared.
    """

    def __init__(self, actor: Actor, claim: Claim) -> None:
        self._actor, self._claim = actor, claim
        self.received = self._kept = claim.received
        self._buffer = bytearray()
        self._unfinished: Part | None = None
        self._held = True
        self._kept_at = time.monotonic()

    async def begin(self) -> None:
        """Read back the chunk in whose middle the upload was interrupted."""
        last = self._claim.last
        if last is not None and last.size < CHUNK:
            self._unfinished = last
            self._buffer += await _opened(
                self._claim.file_id, self._claim.size, last, self._claim.keyring
            )

    async def take(self, piece: bytes) -> None:
        """Take the next bytes; raises LargerThanDeclared, and UploadBusy for a lost claim."""
        if self.received + len(piece) > self._claim.size:
            self._held = await self._let_go()
            raise LargerThanDeclared
        self._buffer += piece
        self.received += len(piece)
        while len(self._buffer) > CHUNK:
            await self._keep(CHUNK)
        if time.monotonic() - self._kept_at > KEPT_EVERY_S:
            await self._keep(len(self._buffer))

    async def end(self) -> None:
        """Keep what has arrived, whole chunk or not, and let others write."""
        if not self._held:
            return
        try:
            if self.received > self._kept:
                await self._keep(len(self._buffer))
        finally:
            if self._held:
                self._held = await self._let_go()

    async def _let_go(self) -> bool:
        await _release(self._actor, self._claim.file_id, self._claim.writer)
        return False

    async def _keep(self, length: int) -> None:
        claim, plain = self._claim, bytes(self._buffer[:length])
        start = self.received - len(self._buffer)
        part = Part(new_id(), start // CHUNK, length)
        key = rules.key_of(claim.file_id, part.id)
        sealed = await asyncio.to_thread(
            claim.keyring.seal_chunk,
            place_of(claim.file_id),
            part.number,
            rules.end_of(claim.size, part.number, length),
            plain,
        )
        await store().create(key, sealed)
        replaced = self._unfinished.id if self._unfinished else None
        try:
            await _record_part(self._actor, claim, part, replaced, start + length)
        except UploadBusy:
            self._held = False
            await store().delete(key)
            raise
        self._kept, self._kept_at = start + length, time.monotonic()
        if length == CHUNK:
            self._unfinished = None
            del self._buffer[:CHUNK]
        else:
            self._unfinished = part
        if replaced is not None:
            await store().delete(rules.key_of(claim.file_id, replaced))


@transactional
async def _record_part(
    actor: Actor, claim: Claim, part: Part, replaced: UUID | None, received: int
) -> None:
    done = received == claim.size
    if not await queries.advance(claim.file_id, claim.writer, received, done=done):
        raise UploadBusy
    await queries.replace_part(claim.file_id, part, replaced)
    if done:
        await publish(FileUploaded(claim.file_id))
        await audit.record(
            actor, "files.complete", subject=("file", claim.file_id),
            patient_id=claim.patient_id, home_state=claim.home_state,
        )  # fmt: skip


@transactional
async def _release(actor: Actor, file_id: UUID, writer: UUID) -> None:
    await queries.release_writing(file_id, writer)
