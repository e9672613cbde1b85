"""The alarm about who reads far more than usual, and the checkpoint after a thousand rows."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.audit import alarm
from domain.audit import service as audit
from domain.db import transactional
from tests.walls.world import run


@transactional
async def _reads(actor: Actor, count: int, action: str = "records.read_section") -> None:
    for _ in range(count):
        await audit.record(actor, action, subject=("patient", uuid4()))


def professional() -> Actor:
    return Actor(kind=ActorKind.PERSON, role=Role.CLINICIAN, account_id=uuid4(),
                 organisation_id=uuid4(), jurisdiction="KZ")  # fmt: skip


async def had_usually(who: Actor, reads: int, hours: int) -> None:
    """Let somebody have read so much an hour for some hours of yesterday."""
    for hour in range(hours):
        await run(
            "INSERT INTO audit_event (id, at, chain, actor_kind, account_id, organisation_id, role,"
            " action, outcome, detail) SELECT gen_random_uuid(),"
            " date_trunc('hour', now()) - ($3 + 24) * interval '1 hour', 'KZ', 'person', $1, $2,"
            " 'clinician', 'records.read_section', 'success', '{}' FROM generate_series(1, $4)",
            who.account_id, who.organisation_id, hour, reads,
        )  # fmt: skip


async def noticed(*who: Actor) -> set[UUID | None]:
    found: list[Any] = await alarm.note_unusual_reads(SYSTEM)
    return {each.account_id for each in found} & {each.account_id for each in who}


async def test_three_times_the_usual_is_noticed_once_an_hour_and_the_usual_is_not(
    database: None,
) -> None:
    busy, curious, newcomer, other = (professional() for _ in range(4))
    await had_usually(busy, 90, 3)
    await had_usually(curious, 20, 3)
    await _reads(busy, 100)
    await _reads(curious, 70)
    await _reads(newcomer, alarm.LEAST)
    await _reads(other, 200, "bookings.show")
    everybody = (busy, curious, newcomer, other)
    assert await noticed(*everybody) == {curious.account_id, newcomer.account_id}
    assert await noticed(*everybody) == set()
    told = await run(
        "SELECT detail FROM audit_event WHERE action = 'audit.unusual_reads'"
        " AND subject_id = $1", str(curious.account_id),
    )  # fmt: skip
    assert msgspec.json.decode(told[0]["detail"]) == {"reads": 70, "usual": 20.0}


async def test_a_checkpoint_is_written_after_a_thousand_rows(
    database: None, tmp_path: Path
) -> None:
    while await audit.seal_and_checkpoint(tmp_path):
        pass
    await audit.write_checkpoint(tmp_path)
    file = tmp_path / audit.CHECKPOINTS
    before = file.read_bytes().count(b"\n")
    await _reads(professional(), audit.CHECKPOINT_ROWS - 1)
    while await audit.seal_and_checkpoint(tmp_path):
        pass
    assert file.read_bytes().count(b"\n") == before
    await _reads(professional(), 1)
    await audit.seal_and_checkpoint(tmp_path)
    assert file.read_bytes().count(b"\n") == before + 1
