"""A security key made of software: it answers as a browser with a key would, or lies in one respect."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
ORIGIN = "http://testserver"


@dataclass
class SoftKey:
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    name: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: bytes = b""
    """Whose key it is: the portal's word for her, kept in the key."""

    def make(self, options: dict[str, Any], *, verified: bool = True, origin: str = ORIGIN) -> str:
        """The answer to `navigator.credentials.create`."""
        key = options["publicKey"]
        self.handle = key["user"]["id"].encode()
        made = AttestedCredentialData.create(
            b"\0" * 16, self.name, ES256.from_cryptography_key(self.private.public_key())
        )
        flags = FLAG.UP | FLAG.AT | (FLAG.UV if verified else FLAG(0))
        about = AuthenticatorData.create(_hash(key["rp"]["id"]), flags, 0, made)
        client = CollectedClientData.create(
            CollectedClientData.TYPE.CREATE, websafe_to_bytes(key["challenge"]), origin
        )
        body = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", about, {})),
        }
        return self._answer(body, {"credProps": {"rk": True}})

    def get(
        self,
        options: dict[str, Any],
        *,
        verified: bool = True,
        origin: str = ORIGIN,
        site: str = "",
        challenge: str = "",
        signer: ec.EllipticCurvePrivateKey | None = None,
        kind: str = CollectedClientData.TYPE.GET,
    ) -> str:
        """The answer to `navigator.credentials.get`."""
        key = options["publicKey"]
        about = AuthenticatorData.create(
            _hash(site or key["rpId"]), FLAG.UP | (FLAG.UV if verified else FLAG(0)), 1
        )
        client = CollectedClientData.create(kind, websafe_to_bytes(challenge or key["challenge"]), origin)
        signed = (signer or self.private).sign(about + client.hash, ec.ECDSA(hashes.SHA256()))
        body = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(about),
            "signature": websafe_encode(signed),
            "userHandle": self.handle.decode(),
        }
        return self._answer(body, {})

    def _answer(self, body: dict[str, str], extensions: dict[str, Any]) -> str:
        name = websafe_encode(self.name)
        about = {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": extensions}
        return json.dumps(about | {"response": body})


def websafe_to_bytes(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hash(site: str) -> bytes:
    return hashlib.sha256(site.encode()).digest()
