"""Field types of requests about a fair."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from maarid_contracts.envelope import Slug

OfFair = Annotated[Slug | None, Query(description="Only about this fair.")]
