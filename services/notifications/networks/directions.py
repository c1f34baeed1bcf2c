"""The direction of writing of each language in which texts are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Direction = Literal["ltr", "rtl"]

DIRECTIONS: Mapping[str, Direction] = {"ar": "rtl", "fr": "ltr", "zgh": "ltr", "en": "ltr"}
