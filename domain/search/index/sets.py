"""Sets of numbers out of columns."""

import itertools
from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from domain.search.index.columns import Column

_BLOCK = 1 << 16
_MOST_LISTED = 4_096
"""A block with more members is a row of bits, one with fewer a list (both by the format)."""

_COOKIE = 12_346
_FEW_CODES = 64
"""Up to so many codes are looked for one by one; for more the column is sorted."""


def where(mask: Column) -> BitMap:
    """Return the places where a mask is true.

    A long mask goes through the portable format of roaring bitmaps, which takes whole rows of
    bits: https://github.com/RoaringBitmap/RoaringFormatSpec. Member by member a large set takes
    fifty times as long, and holds up every other thread.
    """
    if len(mask) <= _BLOCK:
        return BitMap(np.flatnonzero(mask).astype("u4"))
    padded = np.zeros(-(-len(mask) // _BLOCK) * _BLOCK, bool)
    padded[: len(mask)] = mask
    rows = np.packbits(padded, bitorder="little").reshape(-1, _BLOCK // 8)
    counted = np.bitwise_count(rows.view("<u8")).sum(axis=1)
    keys = np.flatnonzero(counted)
    blocks = [
        rows[key].tobytes()
        if counted[key] > _MOST_LISTED
        else np.flatnonzero(padded[key * _BLOCK : (key + 1) * _BLOCK]).astype("<u2").tobytes()
        for key in keys.tolist()
    ]
    described = np.stack((keys, counted[keys] - 1), axis=1).astype("<u2")
    starts = np.cumsum([8 + 8 * len(keys), *map(len, blocks)])[:-1].astype("<u4")
    head = np.array([_COOKIE, len(keys)], "<u4")
    parts = (head.tobytes(), described.tobytes(), starts.tobytes(), *blocks)
    return BitMap.deserialize(b"".join(parts))


def members(found: BitMap) -> Column:
    """Return the members of a set in rising order."""
    return np.asarray(found.to_array())


def order_by(column: Column) -> Column:
    """Return the places of a column in the order of its values, equal ones as they stand."""
    return np.argsort(column, kind="stable").astype("u4")


def by_code(column: Column, count: int) -> list[BitMap]:
    """Return for each of so many codes the places that have it."""
    if count <= _FEW_CODES:
        return [where(column == code) for code in range(count)]
    order = order_by(column)
    bounds = np.searchsorted(column[order], np.arange(count + 1))
    return [BitMap(order[a:b]) for a, b in itertools.pairwise(bounds)]


def by_bit(column: Column, count: int) -> list[BitMap]:
    """Return for each of so many bits the places that have it."""
    return [where(column & (1 << bit) != 0) for bit in range(count)]


def sizes(found: BitMap, sets: Sequence[BitMap]) -> Column:
    """Return how many members of a set are in each of others."""
    return np.fromiter((found.intersection_cardinality(each) for each in sets), "i8", len(sets))
