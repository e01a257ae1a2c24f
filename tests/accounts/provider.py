"""A small identity provider (OpenID Connect) for tests: a real server on this machine that signs real tokens.

`provider.claims`, `provider.header` and `provider.sign_with` say what the next token lies about. A code works
once and only with the verifier of its challenge, as at a real one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from core import clock

LEVEL = "http://id.elegnamnden.se/loa/1.0/loa3"
CLIENT, SECRET = "portalen", "hemlig-för-proven"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Provider:
    issuer: str = ""
    subject: str = "a3f1"
    keys: dict[str, Any] = field(default_factory=lambda: {"one": RSA_KEY})
    """What is published, by name."""
    sign_with: tuple[str, Any, str] = ("one", RSA_KEY, "RS256")
    claims: dict[str, Any] = field(default_factory=dict)
    """Laid over the true ones; None leaves a claim out."""
    header: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    forge: Callable[[str], str] = str
    """What becomes of the finished token."""
    down: set[str] = field(default_factory=set)
    """Paths that answer 503."""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorise(self, url: str) -> dict[str, str]:
        """What happens in her browser over there: she signs in and is sent back with these parameters."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["client_id"] == CLIENT and query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256" and query["nonce"] and query["state"]
        code = secrets.token_urlsafe(16)
        # The server's thread does not know the clock of the test.
        self.codes[code] = query | {"at": str(int(clock.now().timestamp()))}
        return {"code": code, "state": query["state"]}

    def redeem(self, form: dict[str, str]) -> dict[str, str] | None:
        query = self.codes.pop(form.get("code", ""), None)
        if (
            query is None
            or form.get("client_secret") != SECRET
            or form["redirect_uri"] != query["redirect_uri"]
        ):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != query["code_challenge"]:
            return None
        return {
            "access_token": "unused",
            "token_type": "Bearer",
            "id_token": self.token(query["nonce"], int(query["at"])),
        }

    def token(self, nonce: str, now: int) -> str:
        true = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300,
            "auth_time": now, "nonce": nonce, "acr": LEVEL,
        }  # fmt: skip
        claims = {name: value for name, value in (true | self.claims).items() if value is not None}
        name, key, algorithm = self.sign_with
        return self.forge(jwt.encode(claims, key, algorithm, headers={"kid": name} | self.header))

    def document(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            } | self.config
        if path == "/keys":
            return {"keys": [public(key) | {"kid": name, "use": "sig"} for name, key in self.keys.items()]}
        return None


def public(key: PrivateKeyTypes) -> dict[str, Any]:
    found: Any = key.public_key()
    kind: Any = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else None
    made: dict[str, Any] = (kind or jwt.algorithms.RSAAlgorithm).to_jwk(found, as_dict=True)
    return made


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(provider.document(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say(provider.redeem({name: values[0] for name, values in parse_qs(body).items()}))

        def say(self, document: Any) -> None:
            provider.asked.append(self.path)
            status = 503 if self.path in provider.down else 200 if document is not None else 400
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document if status == 200 else {"error": "no"}).encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
