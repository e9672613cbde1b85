"""Bytes that arrive are sealed chunk by chunk, in any pieces, across interruptions and rivals."""

from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from uuid import UUID, uuid4

import msgspec
import pytest

from domain.actor import Actor, Role
from domain.files import content, rules, stores
from domain.files.content import KEPT_EVERY_S, Claim, Writing, place_of, read_chunks
from domain.files.errors import LargerThanDeclared, UploadBusy
from domain.files.stores import ObjectMissing, ObjectTaken, use_store
from domain.files.types import CHUNK, Part
from domain.keys.service import Keyring, Place, SealBroken, SubjectKind
from tests.factories.actors import person, refused
from tests.factories.vectors import KEK

ACTOR = person(Role.PATIENT)
FILE, PATIENT, WRITER = UUID(int=1), UUID(int=2), UUID(int=3)
RING = Keyring(SubjectKind.PATIENT, PATIENT, {1: KEK})


def plain_of(size: int) -> bytes:
    """Return bytes of which no two chunks are alike."""
    return Random(7).randbytes(size)


class Objects:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def create(self, key: str, data: bytes) -> None:
        if key in self.kept:
            raise ObjectTaken(key)
        self.kept[key] = data

    async def read(self, key: str) -> bytes:
        if key not in self.kept:
            raise ObjectMissing(key)
        return self.kept[key]

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)


class Upload:
    """One file's rows, its objects, and a clock that stands still until it is put forward."""

    def __init__(self, size: int) -> None:
        self.size, self.received, self.parts = size, 0, list[Part]()
        self.writer: UUID | None = WRITER
        self.releases = 0
        self.now = 1000.0
        self.store = Objects()

    def claim(self) -> Claim:
        last = self.parts[-1] if self.parts else None
        return Claim(FILE, PATIENT, "KZ", self.size, self.received, WRITER, last, RING)

    async def record(
        self, actor: Actor, claim: Claim, part: Part, replaced: UUID | None, received: int
    ) -> None:
        assert (actor, claim.file_id) == (ACTOR, FILE)
        # A row never speaks of an object that is not there yet.
        assert await self.store.read(rules.key_of(FILE, part.id))
        if self.writer != claim.writer:
            raise UploadBusy
        self.parts = [each for each in self.parts if each.id != replaced] + [part]
        self.received = received

    async def release(self, actor: Actor, file_id: UUID, writer: UUID) -> None:
        assert (actor, file_id, writer) == (ACTOR, FILE, WRITER)
        self.releases += 1

    async def begin(self) -> Writing:
        writing = Writing(ACTOR, self.claim())
        await writing.begin()
        return writing

    async def send(self, *pieces: bytes) -> None:
        writing = await self.begin()
        for piece in pieces:
            await writing.take(piece)
        await writing.end()

    async def read(self) -> bytes:
        return b"".join([part async for part in read_chunks(FILE, self.size, self.parts, RING)])

    @property
    def objects(self) -> set[str]:
        return set(self.store.kept)

    @property
    def of_parts(self) -> set[str]:
        return {rules.key_of(FILE, part.id) for part in self.parts}


Announce = Callable[[int], Upload]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Announce:
    """Announce a file of that size; its rows and objects lie in memory."""
    monkeypatch.setattr(stores, "_store", None)  # so that the process's own comes back

    def announced(size: int) -> Upload:
        upload = Upload(size)
        use_store(upload.store)
        monkeypatch.setattr(content, "_record_part", upload.record)
        monkeypatch.setattr(content, "_release", upload.release)
        clock = SimpleNamespace(monotonic=lambda: upload.now)
        monkeypatch.setattr(content, "time", clock)
        return upload

    return announced


def test_a_files_chunks_are_sealed_to_its_content() -> None:
    assert place_of(FILE) == Place("stored_file", "content", FILE)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
@pytest.mark.parametrize("piece", [CHUNK // 3, CHUNK, 3 * CHUNK], ids=["third", "one", "three"])
async def test_what_was_sent_is_read_back_however_it_was_cut(
    size: int, piece: int, make: Announce
) -> None:
    upload, plain = make(size), plain_of(size)
    await upload.send(*(plain[at : at + piece] for at in range(0, size, piece)))
    assert await upload.read() == plain
    assert [part.size for part in upload.parts] == [
        min(CHUNK, size - at) for at in range(0, size, CHUNK)
    ]
    assert upload.received == size
    assert upload.objects == upload.of_parts
    assert upload.releases == 1


async def test_the_last_chunk_waits_until_nothing_more_can_follow(make: Announce) -> None:
    upload, plain = make(2 * CHUNK), plain_of(2 * CHUNK)
    writing = await upload.begin()
    await writing.take(plain[:CHUNK])
    assert upload.parts == []
    await writing.take(plain[CHUNK:])
    assert (writing.received, upload.received) == (2 * CHUNK, CHUNK)
    with refused(LargerThanDeclared, "larger_than_declared"):
        await writing.take(b"x")
    assert upload.received == CHUNK
    await writing.end()
    # It was given up: what had been kept is there to go on from, and nothing after it.
    assert (upload.received, upload.releases) == (CHUNK, 1)


async def test_more_than_declared_is_refused_before_it_is_kept(make: Announce) -> None:
    upload = make(10)
    writing = await upload.begin()
    await writing.take(b"1234567890")
    await writing.take(b"")
    with refused(LargerThanDeclared, "larger_than_declared"):
        await writing.take(b"x")
    await writing.end()
    assert (upload.parts, upload.releases) == ([], 1)
    assert upload.objects == set()


@pytest.mark.parametrize("first", [1, CHUNK - 1, CHUNK, CHUNK + 5, 2 * CHUNK])
async def test_an_interrupted_upload_goes_on_in_the_middle_of_a_chunk(
    first: int, make: Announce
) -> None:
    size = 2 * CHUNK + 9
    upload, plain = make(size), plain_of(size)
    await upload.send(plain[:first])
    assert upload.received == first
    kept = upload.objects
    await upload.send(plain[first:])
    assert await upload.read() == plain
    assert [part.number for part in upload.parts] == [0, 1, 2]
    # The unfinished chunk was replaced by the finished one, and its object is gone.
    assert upload.objects == upload.of_parts
    assert len(kept - upload.objects) == (1 if first % CHUNK else 0)


async def test_an_unfinished_chunk_opens_only_as_what_it_is(make: Announce) -> None:
    upload = make(100)
    await upload.send(b"half")
    (part,) = upload.parts
    sealed = await upload.store.read(rules.key_of(FILE, part.id))
    assert RING.open_chunk(place_of(FILE), 0, "first 4", sealed) == b"half"
    upload.parts = [msgspec.structs.replace(part, size=5)]
    with refused(SealBroken, "seal_broken"):
        await upload.begin()


async def test_a_sender_who_says_nothing_keeps_nothing(make: Announce) -> None:
    upload = make(10)
    await upload.send()
    await upload.send(b"", b"")
    assert (upload.parts, upload.received, upload.releases) == ([], 0, 2)


@pytest.mark.parametrize(("later", "kept"), [(0.0, 0), (KEPT_EVERY_S, 0), (KEPT_EVERY_S + 1, 4)])
async def test_what_trickles_in_is_kept_every_twenty_seconds(
    later: float, kept: int, make: Announce
) -> None:
    upload = make(100)
    writing = await upload.begin()
    upload.now += later
    await writing.take(b"slow")
    assert upload.received == kept
    await writing.end()
    assert upload.received == 4


async def test_each_keeping_starts_the_wait_anew_and_replaces_the_last(make: Announce) -> None:
    upload = make(100)
    writing = await upload.begin()
    for number, (wait, kept) in enumerate([(21, 4), (19, 4), (2, 12), (21, 16)], start=1):
        upload.now += wait
        await writing.take(b"slow")
        assert (upload.received, writing.received) == (kept, 4 * number)
        assert len(upload.objects) == len(upload.parts) == 1
    kept = upload.objects
    await writing.end()
    assert upload.objects == kept  # what is kept already is not written once more
    await upload.send(b"x" * 84)
    assert await upload.read() == b"slow" * 4 + b"x" * 84


async def test_who_lost_the_claim_keeps_nothing_and_disturbs_nobody(make: Announce) -> None:
    upload, plain = make(3 * CHUNK), plain_of(3 * CHUNK)
    await upload.send(plain[:CHUNK])
    writing = await upload.begin()
    upload.writer = uuid4()
    before = upload.objects
    with refused(UploadBusy, "upload_busy"):
        await writing.take(plain[CHUNK:])
    await writing.end()
    assert (upload.received, upload.objects) == (CHUNK, before)
    assert upload.releases == 1  # by the first sender; the claim was no longer ours to give back


async def test_a_claim_lost_at_the_end_is_said_and_not_given_back(make: Announce) -> None:
    upload = make(10)
    writing = await upload.begin()
    await writing.take(b"12345")
    upload.writer = uuid4()
    with refused(UploadBusy, "upload_busy"):
        await writing.end()
    assert (upload.received, upload.releases, upload.objects) == (0, 0, set())


async def test_a_store_that_fails_at_the_end_lets_others_write(
    make: Announce, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make(10)
    writing = await upload.begin()
    await writing.take(b"12345")

    async def fail(key: str, data: bytes) -> None:
        raise stores.StoreUnavailable

    monkeypatch.setattr(upload.store, "create", fail)
    with refused(stores.StoreUnavailable, "store_unavailable"):
        await writing.end()
    assert (upload.received, upload.releases) == (0, 1)


async def test_what_was_ended_is_not_ended_again(make: Announce) -> None:
    upload = make(10)
    writing = await upload.begin()
    await writing.take(b"12345")
    await writing.end()
    await writing.end()
    assert (upload.received, upload.releases, len(upload.parts)) == (5, 1, 1)


async def test_bytes_never_lie_in_the_store_unsealed(make: Announce) -> None:
    upload = make(CHUNK + 5)
    secret = b"known to nobody else"
    await upload.send(secret, bytes(CHUNK + 5 - len(secret)))
    for key in upload.objects:
        assert secret not in await upload.store.read(key)


async def test_a_chunk_that_is_shorter_than_its_row_says_is_broken(make: Announce) -> None:
    upload = make(CHUNK + 4)
    upload.parts = [Part(uuid4(), 0, CHUNK), Part(uuid4(), 1, 4)]
    # Sealed rightly for its place, but not as long as the whole chunk that it claims to be.
    for part, value in zip(upload.parts, (b"short", b"tail"), strict=True):
        end = rules.end_of(upload.size, part.number, part.size)
        sealed = RING.seal_chunk(place_of(FILE), part.number, end, value)
        await upload.store.create(rules.key_of(FILE, part.id), sealed)
    with refused(SealBroken, "seal_broken"):
        await upload.read()
