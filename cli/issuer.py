"""The development issuer: tokens for trying things out, refused outside development."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.process.settings import DEVELOPMENT_ISSUER

TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Issuer:
    """A key pair in the embedded stack's home."""

    key: ECKey
    jwks_path: Path

    @property
    def jwks_url(self) -> str:
        """Where services find the public key."""
        return self.jwks_path.as_uri()

    def token(
        self,
        role: str,
        *,
        subject: str | None = None,
        organisation_id: str | None = None,
        fair_id: str | None = None,
        seconds: int = TOKEN_SECONDS,
    ) -> str:
        """A bearer token for a role, valid for a day unless said otherwise."""
        now = int(time.time())
        claims = {
            "iss": DEVELOPMENT_ISSUER,
            "aud": "maarid",
            "sub": subject or f"development-{role}",
            "iat": now,
            "exp": now + seconds,
            "roles": [role],
        }
        if organisation_id:
            claims["organisation_id"] = organisation_id
        if fair_id:
            claims["fair_id"] = fair_id
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])


def issuer_in(home: Path) -> Issuer:
    """The issuer of a home; its key is made at the first call and kept from others' eyes."""
    home.mkdir(parents=True, exist_ok=True)
    private, public = home / "issuer.json", home / "jwks.json"
    if private.exists():
        key = ECKey.import_key(json.loads(private.read_text()))
    else:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
        key.ensure_kid()
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
    public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return Issuer(key, public.resolve())
