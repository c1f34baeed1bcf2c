"""The draw that orders applications of equal score: anybody can hold it again from the log.

Before the call closes the sum of a secret is published.  After that somebody says a word aloud.
Whoever knows the secret does not choose the word, and whoever chooses the word does not know the
secret: nobody can try out seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def sum_of(secret: bytes) -> str:
    """What is published of a secret before the word is known."""
    return sha256(secret).hexdigest()


def seed_of(secret: bytes, word: str) -> bytes:
    """sha256(secret ‖ word), the word in UTF-8."""
    return sha256(secret + word.encode()).digest()


def ranks(seed: bytes, submitted: Sequence[str], drawn: int) -> dict[str, int]:
    """The rank of each application, from 1; `submitted` are all ids as they came.

    The first `drawn` were there when the draw was held, and are in the order of
    sha256(seed ‖ id).  Later ones stand behind them as they came: who knows the seed could choose
    an id that it favours.
    """
    order = sorted(submitted[:drawn], key=lambda id_: (sha256(seed + id_.encode()).digest(), id_))
    return {id_: rank for rank, id_ in enumerate((*order, *submitted[drawn:]), 1)}
