"""Pure decisions about registers: what a file changes, and whether that still fits."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from domain.facilities.types import KnownFacility
from domain.registers.errors import NoSuchChange, RegisterMoved
from domain.registers.types import Change, ChangeKind, Difference, Entry

GONE = "register_gone_at"


def compare(
    rows: Iterable[tuple[int, Entry, Mapping[str, str]]], known: Mapping[str, KnownFacility]
) -> Iterator[Change]:
    """Yield what the rows (line, entry, its facts) change of what the register said before.

    First what is new, then what is changed, then what is gone. An equal row yields nothing, nor
    does one of a facility for which another register speaks.
    """
    changed, seen = [], set()
    for line, entry, facts in rows:
        seen.add(entry.source_key)
        before = known.get(entry.source_key)
        change = Change(
            kind=ChangeKind.NEW if before is None else ChangeKind.CHANGED,
            line=line,
            source_key=entry.source_key,
            facility_id=before.id if before else None,
            state=entry.facility.jurisdiction,
            name=entry.facility.name,
            entry=entry,
            differences=differences(before, facts),
        )
        if before is None:
            yield change
        elif change.differences and before.speaking:
            changed.append(change)
    yield from changed
    for key, lost in known.items():
        if key not in seen and lost.gone_at is None and lost.speaking:
            yield Change(
                kind=ChangeKind.GONE, source_key=key, facility_id=lost.id,
                state=lost.facts["jurisdiction"], name=lost.facts["name"],
            )  # fmt: skip


def differences(before: KnownFacility | None, after: Mapping[str, str]) -> list[Difference]:
    """Return the fields that differ, in the order of their names; one that was gone comes back."""
    was = dict(before.facts) if before else {}
    if before is not None and before.gone_at is not None:
        was[GONE] = before.gone_at.isoformat()
    return [
        Difference(field, was.get(field), after.get(field))
        for field in sorted(was.keys() | after.keys())
        if was.get(field) != after.get(field)
    ]


def require_unmoved(change: Change, now: KnownFacility | None, after: Mapping[str, str]) -> None:
    """Refuse a change that no longer means what was looked at; raises RegisterMoved."""
    if change.kind is ChangeKind.NEW:
        moved = now is not None
    elif now is None or now.id != change.facility_id or not now.speaking:
        moved = True
    elif change.kind is ChangeKind.GONE:
        moved = now.gone_at is not None
    else:
        moved = differences(now, after) != change.differences
    if moved:
        raise RegisterMoved(key=change.source_key)


def require_proposed(wanted: Collection[object], proposed: Collection[object]) -> None:
    """Refuse a selection that names what the import does not propose; raises NoSuchChange."""
    if strangers := sorted(str(each) for each in set(wanted) - set(proposed)):
        raise NoSuchChange(fields={"changes": f"not proposed here: {strangers[0]}"})
