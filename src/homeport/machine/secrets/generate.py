"""Making secret values: once per instance, where a file is absent."""

import secrets
from typing import Literal

from homeport.model.errors import OutsideError


def generate(kind: Literal["password", "es256"], length: int) -> str:
    """Return a new value: a password of ``length`` characters that is safe in URLs, or a private key for ES256 in PEM."""
    return secrets.token_urlsafe(length)[:length] if kind == "password" else _es256()


def _es256() -> str:
    """Return an EC private key on P-256, PKCS #8 in PEM. Raises OutsideError without the library that makes it."""
    try:
        # Large, and needed by few: whoever asks for no key need not have it.
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise OutsideError(
            'making an ES256 key needs the package "cryptography", which is not installed',
            hint="install it beside Homeport: pip install cryptography, or put a key into the file yourself",
        ) from error
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode("ascii")
    )
