"""The HTTP edge of ticketing."""

from __future__ import annotations

from fastapi import APIRouter

from services.ticketing.api import fairs, tickets, workshops

router = APIRouter()
router.include_router(fairs.router)
router.include_router(workshops.router)
router.include_router(tickets.router)
