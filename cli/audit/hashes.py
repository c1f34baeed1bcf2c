"""Sets and maps of millions of ids in a few bytes each.

An id is known by its 64-bit hash, which `hash` makes under a key of this process's own, so nobody
can choose two ids that have the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

FREE, GONE = 0, 1
_FIRST = 1 << 10
_MASK = (1 << 64) - 1


class Hashes:
    """A set of hashes, or a map of hashes to numbers of 64 bits: an open-addressing table."""

    def __init__(self, *, numbers: bool = False) -> None:
        self._keys = array("Q", bytes(8 * _FIRST))
        self._numbers = array("Q", bytes(8 * _FIRST)) if numbers else None
        self._used = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self._keys[self._place(_kept(key))] > GONE

    def items(self) -> Iterator[tuple[int, int]]:
        """Every hash of a map, with its number."""
        for key, number in zip(self._keys, self._numbers or (), strict=True):
            if key > GONE:
                yield key, number

    def get(self, key: int) -> int | None:
        """The number under a hash of a map."""
        place = self._place(_kept(key))
        return self._numbers[place] if self._numbers and self._keys[place] > GONE else None

    def add(self, key: int, number: int = 0) -> bool:
        """Keep a hash, in a map with this number from now on; returns whether the hash is new."""
        key = _kept(key)
        place = self._place(key)
        new = self._keys[place] <= GONE
        if new and self._used * 2 >= len(self._keys):
            self._grow()
            place = self._place(key)
        self._keys[place] = key
        if self._numbers is not None:
            self._numbers[place] = number & _MASK
        self._count += new
        self._used += new
        return new

    def drop(self, key: int) -> bool:
        """Forget a hash; returns whether it was known."""
        place = self._place(_kept(key))
        if self._keys[place] <= GONE:
            return False
        self._keys[place] = GONE
        self._count -= 1
        return True

    def _place(self, key: int) -> int:
        """Where a key stands, or where it may be put."""
        keys = self._keys
        last = len(keys) - 1
        place = key & last
        while (found := keys[place]) != key and found != FREE:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        """Make room, and let go the places of what was dropped."""
        keys, numbers = self._keys, self._numbers
        size = len(keys) * (2 if self._count * 3 > len(keys) else 1)
        self._keys = array("Q", bytes(8 * size))
        self._numbers = None if numbers is None else array("Q", bytes(8 * size))
        self._used = self._count
        for old, key in enumerate(keys):
            if key > GONE:
                place = self._place(key)
                self._keys[place] = key
                if numbers is not None and self._numbers is not None:
                    self._numbers[place] = numbers[old]


def _kept(key: int) -> int:
    """A hash as it stands in the table, where two numbers mean that nothing stands there."""
    key &= _MASK
    return key if key > GONE else key + 2


def hash_of(value: object) -> int:
    """A hash without a sign, so that it is the same number in a table and beside it."""
    return _kept(hash(value))
