# pyright: basic, reportMissingImports=false
"""Announces a fair, reads it, and asks for one that nobody announced: client.py URL TOKEN ID.

The package is made from the OpenAPI document by openapi-python-client.
"""

from __future__ import annotations

import datetime
import json
import sys

from maarid_registration import AuthenticatedClient, Client
from maarid_registration.api.fairs import announce_fair, show_fair
from maarid_registration.models import (
    FairCreatedOut,
    FairIn,
    FairOut,
    PoleIn,
    Problem,
    TextIn,
)

url, token, fair_id = sys.argv[1:]
text = TextIn(ar="معرض", fr="Salon")
fair = FairIn(
    fair_id=fair_id,
    edition=1,
    name=text,
    region=text,
    city=text,
    venue=text,
    first_day=datetime.date(2027, 9, 17),
    last_day=datetime.date(2027, 9, 22),
    opens_at="10:00",
    closes_at="22:00",
    poles=[PoleIn(pole_id="products", name=text, places=160)],
)
anybody = Client(base_url=url, raise_on_unexpected_status=True)
with AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True) as organiser:
    key = f"announce-{fair_id}"
    announced = announce_fair.sync(client=organiser, body=fair, idempotency_key=key)
    read = show_fair.sync(fair_id, client=anybody)
    unknown = show_fair.sync("nobody-announced-it", client=anybody)
    refused = announce_fair.sync(client=anybody, body=fair, idempotency_key=f"refused-{fair_id}")

assert isinstance(announced, FairCreatedOut), announced
assert isinstance(read, FairOut), read
assert isinstance(unknown, Problem), unknown
assert isinstance(refused, Problem), refused
print(
    json.dumps(
        {
            "announced": announced.fair_id,
            "places": read.poles[0].places,
            "unknown": [unknown.status, unknown.code],
            "refused": [refused.status, refused.code],
        }
    )
)
