"""The HTTP edge of registration: validates, asks handlers, shows what queries answer."""

from __future__ import annotations

from fastapi import APIRouter

from services.registration.api import applications, fairs, organisations

router = APIRouter()
router.include_router(fairs.router)
router.include_router(organisations.router)
router.include_router(applications.router)
