"""Scheduling over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from services.scheduling.api import floor, programme

router = APIRouter(prefix="/fairs/{fair_id}")
router.include_router(floor.router)
router.include_router(programme.router)
