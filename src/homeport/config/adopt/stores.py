"""Stores that other formats speak of: recognised by an image or by an address."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from homeport.config.adopt.parts import Part, Use, Word, code

_IMAGES: dict[str, Word] = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "postgis": "postgres",
    "pgvector": "postgres",
    "timescaledb": "postgres",
    "redis": "redis",
    "valkey": "valkey",
    "rabbitmq": "rabbitmq",
}
_SCHEMES: dict[str, Word] = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "redis": "redis",
    "valkey": "valkey",
    "amqp": "rabbitmq",
}
_HERE = ("localhost", "127.0.0.1", "::1")


def word_of_image(image: str) -> Word | None:
    """Return the component that can take the place of an image."""
    return _IMAGES.get(image.rsplit("/", 1)[-1].split(":", maxsplit=1)[0].split("@", maxsplit=1)[0])


def component(name: str, word: Word, image: str, env: Mapping[str, str]) -> Part:
    """Return the declaration of a store, with what its container was told."""
    arguments: list[tuple[str, str]] = []
    told = {"postgres": _postgres, "rabbitmq": _rabbitmq}.get(word)
    if told is not None:
        arguments += told(env)
    if word == "rabbitmq" and "management" in image:
        arguments.append(("management", "True"))
    return Part(name, word, tuple(arguments))


def _postgres(env: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    user = env.get("POSTGRES_USER", "postgres")
    database = env.get("POSTGRES_DB", user)
    if database != "postgres":
        yield "database", code(database)
    if user != "postgres":
        yield "user", code(user)


def _rabbitmq(env: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if user := env.get("RABBITMQ_DEFAULT_USER"):
        yield "user", code(user)


def from_address(value: str) -> Part | None:
    """Return the store on this machine that an address in a setting speaks of."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None
    word = _SCHEMES.get(parts.scheme.split("+")[0])
    if word is None or host not in _HERE:
        return None
    arguments: list[tuple[str, str]] = []
    if word == "postgres":
        told = {"POSTGRES_USER": parts.username or "postgres", "POSTGRES_DB": parts.path.strip("/") or "postgres"}
        arguments += _postgres(told)
    return Part(word, word, tuple(arguments))


def refer(value: str, names: Mapping[str, Part]) -> str | Use:
    """Return a value with the name of another part in it as a use of that part, where that is clear; else as it is."""
    if value in names:
        return Use(value, "host")
    if found := re.fullmatch(r"([A-Za-z0-9_.-]+):\d+", value):
        return Use(found[1], "address") if found[1] in names else value
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return value
    part = names.get(host)
    if part is None or not parts.scheme:
        return value
    if part.is_store:
        return Use(host, "url") if "+" not in parts.scheme else value
    return Use(host, "url") if parts.scheme == "http" and parts.path in ("", "/") else value
