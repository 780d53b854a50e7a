"""Tokens: who a client is, signed with a key that only the gateways have (ES256)."""

from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from minitelegram.wire import now

ISSUER = "minitelegram"
LIFE = timedelta(hours=12)

Refused = jwt.InvalidTokenError
"""What `user` raises."""


class Tokens:
    """Signs and checks tokens with the private key in `file` (PEM, curve P-256)."""

    def __init__(self, file: Path) -> None:
        key = load_pem_private_key(file.read_bytes(), password=None)
        if not (isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)):
            raise ValueError(f"{file} holds another kind of key; ES256 needs an EC key on the curve P-256")
        self._key = key
        self._public = key.public_key()

    def sign(self, user: str) -> str:
        """Returns a token that says: this is `user`."""
        claims = {"sub": user, "iss": ISSUER, "iat": now(), "exp": now() + LIFE}
        return jwt.encode(claims, self._key, algorithm="ES256")

    def user(self, token: str) -> str:
        """Returns whom the token speaks of; raises `Refused` when it is expired or not ours."""
        claims = jwt.decode(
            token, self._public, algorithms=["ES256"], issuer=ISSUER, options={"require": ["sub", "iss", "exp"]}
        )
        return str(claims["sub"])
