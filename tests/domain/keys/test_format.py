"""What was sealed years ago opens today: the formats on disk, held by values made before."""

from typing import Any
from uuid import UUID

import pytest

from domain.keys.service import KeyDestroyed, Keyring, Place, SealBroken, SubjectKind
from tests.factories.actors import refused
from tests.factories.vectors import KEK

SUBJECT, PLACE = UUID(int=7), Place("record_entry", "body", UUID(int=9))
RING = Keyring(SubjectKind.PATIENT, SUBJECT, {3: KEK})
FIELD = bytes.fromhex(
    "01 00000003 e2a656158a76d66ae689fb33 d85b22e25662ca929abee449a127a806a7d33f2bc618cffcde00"
)
CHUNK = bytes.fromhex(
    "01 00000003 0aee8532d65ac97ddf3ce4b1 6fdd14cf71d6c8d3b40ae97e76315205e6ba82cd"
)


def test_a_field_sealed_by_an_earlier_release_opens() -> None:
    assert RING.open_text(PLACE, FIELD) == "Айгүл"
    assert RING.open(PLACE, FIELD) == "Айгүл".encode()


def test_a_chunk_sealed_by_an_earlier_release_opens() -> None:
    assert RING.open_chunk(PLACE, 5, "last", CHUNK) == b"scan"


def test_a_blind_index_made_by_an_earlier_release_is_found() -> None:
    made = "d592c746669d27425c9199468991fdec738c3d8dad8fb085ece0dbfb92bffde8"
    assert RING.blind_index("882-1").hex() == made


def test_the_index_outlives_the_renewal_of_the_data_key() -> None:
    renewed = Keyring(SubjectKind.PATIENT, SUBJECT, {3: KEK, 4: bytes(32)})
    assert renewed.blind_index("882-1") == RING.blind_index("882-1")
    assert renewed.blind_index("882-1") != renewed.blind_index("882-2")


@pytest.mark.parametrize("sealing", ["seal", "seal_text", "seal_chunk"])
def test_the_newest_key_seals_and_every_older_one_still_opens(sealing: str) -> None:
    values: dict[str, Any] = {"seal": b"x", "seal_text": "x", "seal_chunk": b"x"}
    position = (0, "whole") if sealing == "seal_chunk" else ()
    renewed = Keyring(SubjectKind.PATIENT, SUBJECT, {3: KEK, 4: bytes(32)})
    opening = sealing.replace("seal", "open")
    before, after = (
        getattr(ring, sealing)(PLACE, *position, values[sealing]) for ring in (RING, renewed)
    )
    assert (before[:5].hex(), after[:5].hex()) == ("0100000003", "0100000004")
    for sealed in (before, after):
        assert getattr(renewed, opening)(PLACE, *position, sealed) == values[sealing]
    with refused(KeyDestroyed, "erased"):
        getattr(RING, opening)(PLACE, *position, after)


def test_no_nonce_is_used_twice() -> None:
    fields = {RING.seal(PLACE, b"same")[5:17] for _ in range(500)}
    chunks = {RING.seal_chunk(PLACE, 0, "whole", b"same")[5:17] for _ in range(500)}
    assert len(fields | chunks) == 1000
    assert {len(nonce) for nonce in fields | chunks} == {12}


def test_another_format_is_refused_although_its_key_is_known() -> None:
    for other in (b"\x00", b"\x02"):
        with refused(SealBroken, "seal_broken"):
            RING.open(PLACE, other + FIELD[1:])


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 20, 33, len(CHUNK) - 1])
def test_what_was_cut_off_is_broken_and_nothing_worse(length: int) -> None:
    with refused(SealBroken, "seal_broken"):
        RING.open(PLACE, FIELD[:length])
    with refused(SealBroken, "seal_broken"):
        RING.open_chunk(PLACE, 5, "last", CHUNK[:length])


@pytest.mark.parametrize("kind", [kind for kind in SubjectKind if kind is not SubjectKind.PATIENT])
def test_a_value_belongs_to_one_kind_of_subject(kind: SubjectKind) -> None:
    with refused(SealBroken, "seal_broken"):
        Keyring(kind, SUBJECT, {3: KEK}).open(PLACE, FIELD)


def test_a_version_that_another_value_claims_does_not_open_it() -> None:
    both = Keyring(SubjectKind.PATIENT, SUBJECT, {3: KEK, 4: KEK})
    renumbered = FIELD[:4] + b"\x04" + FIELD[5:]
    with refused(SealBroken, "seal_broken"):
        both.open(PLACE, renumbered)
