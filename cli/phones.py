"""What cooperatives read on their phones: a few messages of a play, one for each language."""

from __future__ import annotations

from typing import Any

import httpx

from cli.launch import System

LANGUAGES = {"ar": "العربية", "fr": "Français", "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ", "en": "English"}


async def a_few_phones(running: System, fair: str) -> list[tuple[str, str]]:
    """Title and text of one delivered message in each language, in the order of LANGUAGES."""
    headers = {"Authorization": f"Bearer {running.token('organiser')}"}
    texts: dict[str, str] = {}
    async with httpx.AsyncClient(
        base_url=running.urls["notifications"], headers=headers, timeout=20
    ) as client:
        after: str | None = None
        for _ in range(10):
            query: dict[str, Any] = {"fair_id": fair, "status": "delivered", "limit": 200}
            query |= {"template": "booth_assigned"} | ({"after": after} if after else {})
            page = (await client.get("/messages", params=query)).raise_for_status().json()
            for message in page["items"]:
                language = message["language"]
                if language in LANGUAGES and language not in texts:
                    texts[language] = await _text(client, message)
            after = page["next"]
            if after is None or len(texts) == len(LANGUAGES):
                break
    return [(LANGUAGES[language], texts[language]) for language in LANGUAGES if language in texts]


async def _text(client: httpx.AsyncClient, message: Any) -> str:
    phone = (await client.get(f"/phones/{message['contact_id']}")).raise_for_status().json()
    for text in phone["items"] if "items" in phone else phone["messages"]:
        if text["message_id"] == message["message_id"]:
            return str(text["text"])
    return ""
