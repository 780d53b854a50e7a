"""Digests of what was rendered: they change when it does, and tell nothing of a secret."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from msgspec import json

from homeport.render.naming import DIGEST, VALUES
from homeport.render.site import Site


def digest(*parts: Any) -> str:
    """Return the digest of plain data, whatever the order of its dictionaries."""
    return blake2b(json.encode(parts, order="deterministic"), digest_size=8).hexdigest()


def keyed(site: Site, texts: Iterable[str | None]) -> list[str | None]:
    """Return what of secret values may go into a digest: nothing without a key, or while they are left out."""
    if not site.key or site.secrets is None:
        return []
    return [None if text is None else blake2b(text.encode("utf-8", "surrogateescape"), key=site.key[:64],
            digest_size=16).hexdigest() for text in texts]  # fmt: skip


def marked(site: Site, made: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its own digest as an annotation.

    The values of a Secret have one of their own: the rest is the same whether they are there or left out, so that one who
    applies the values and one who applies all else never disagree.
    """
    metadata = dict(made["metadata"])
    annotations = dict(metadata.get("annotations") or {})
    if made["kind"] == "Secret":
        data: Mapping[str, str] = made.get("data") or {}
        values = keyed(site, [text for pair in sorted(data.items()) for text in pair])
        annotations[DIGEST] = digest([made["metadata"]["name"], metadata["labels"], made.get("type")])
        if values:
            annotations[VALUES] = digest(values)
    else:
        annotations[DIGEST] = digest(made)
    return {**made, "metadata": {**metadata, "annotations": annotations}}
