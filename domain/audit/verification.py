"""Proving the chains: every seal is computed anew and held against the signed checkpoints."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature

from domain.actor import SYSTEM, Actor
from domain.audit.service import CHECKPOINTS, GENESIS, Finding, chain_heads, link_mac
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.keys.service import provider

PAGE = 5000
SEALED_WITHIN = timedelta(minutes=5)
"""A row without a seal that is older was kept from the sealer."""

Progress = Callable[[int], None]


async def verify(
    folder: Path | None = None,
    *,
    only: Collection[str] | None = None,
    progress: Progress = lambda _: None,
) -> tuple[int, list[Finding]]:
    """Recompute the chains (or `only` some) and compare them with the checkpoints in `folder`.

    Returns the sealed rows read and what is wrong: a row changed, missing, moved or put in, a seal
    missing, a chain that left its checkpoint or is shorter than it was, and rows never sealed.
    """
    findings: list[Finding] = []
    lines = await asyncio.to_thread(_checkpoints, folder) if folder is not None else b""
    entries = _signed(lines, findings)
    wanted: dict[str, dict[int, str]] = {}
    for chain, position, mac in entries:
        wanted.setdefault(chain, {})[position] = mac
    heads = {str(head["chain"]) for head in await chain_heads(SYSTEM)}
    read = 0
    for chain in sorted(heads | set(wanted)):
        if only is not None and chain not in only:
            continue
        expected = wanted.get(chain, {})
        async for count, found in _walk(chain, expected):
            read += count
            findings += found
            progress(read)
        findings += [
            Finding(chain, position, "the chain left its checkpoint") for position in expected
        ]
    if only is None:
        findings += [
            Finding(row["chain"], 0, f"the row {row['id']} was never sealed")
            for row in await _unsealed(SYSTEM)
        ]
    return read, findings


async def _walk(chain: str, expected: dict[int, str]) -> AsyncIterator[tuple[int, list[Finding]]]:
    """Yield, page by page, how many links were read and what is wrong with them.

    Checkpoints that hold are taken out of `expected`.
    """
    previous, position = GENESIS, 0
    while links := await _links(SYSTEM, chain, position):
        findings = []
        for link in links:
            position += 1
            if link["position"] != position:
                findings.append(Finding(chain, position, "a seal is missing"))
                position = link["position"]
            if link["id"] is None:
                findings.append(Finding(chain, position, "a sealed row is missing"))
            elif not hmac.compare_digest(link_mac(chain, position, previous, link), link["mac"]):
                findings.append(Finding(chain, position, "a row or its seal was changed"))
            previous = link["mac"]
            if expected.get(position) == previous.hex():
                del expected[position]
        yield len(links), findings


def _checkpoints(folder: Path) -> bytes:
    path = folder / CHECKPOINTS
    return path.read_bytes() if path.exists() else b""


def _signed(lines: bytes, findings: list[Finding]) -> list[tuple[str, int, str]]:
    """Return the heads of every checkpoint whose signature holds, and note the others."""
    public, heads = provider().signing_key().public_key(), []
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            entry = msgspec.json.decode(line, type=dict[str, Any])
            public.verify(bytes.fromhex(entry.pop("signature")), rfc8785.dumps(entry))
        except (msgspec.DecodeError, InvalidSignature, KeyError, ValueError, TypeError):
            findings.append(Finding("checkpoints", number, "the signature does not hold"))
            continue
        heads += [(head["chain"], head["position"], head["mac"]) for head in entry["heads"]]
    return heads


@transactional
async def _links(actor: Actor, chain: str, after: int) -> list[Any]:
    return list(
        await connection().fetch(
            "SELECT s.position, s.mac, e.* FROM audit_seal s"
            " LEFT JOIN audit_event e ON e.id = s.event_id"
            " WHERE s.chain = $1 AND s.position > $2 ORDER BY s.position LIMIT $3",
            chain, after, PAGE,
        )
    )  # fmt: skip


@transactional
async def _unsealed(actor: Actor) -> list[Any]:
    return list(
        await connection().fetch(
            "SELECT e.id, e.chain FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id"
            " WHERE s.event_id IS NULL AND e.at < $1 LIMIT 1000",
            utc_now() - SEALED_WITHIN,
        )
    )
