"""Which values are secret, and which secrets are too weak to be masked. One rule for every room."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

SHORTEST = 8
"""Shorter values are too weak to mask: they would hide innocent text."""

_NAMES = re.compile(
    r"(?:^|[_.\-])(?:key|keys|pwd|dsn|private)$|(?:api|access|secret|signing|encryption)keys?$"
    r"|(?:secret|token|password|passwd|passphrase|credential|cookie)s?$|(?:^|[_.\-])authorization$|(?:^|[_.\-])private(?:[_.\-]|$)"
    r"|(?:^|[_.\-])secret(?:[_.\-]|$)",
    re.IGNORECASE,
)
_NOT_SECRET = re.compile(
    r"^pwd$|(?:^|[_.\-])public(?:[_.\-]|$)|(?:primary|foreign|partition|sort|cache)[_\-]keys?$"
    r"|[_\-](?:file|path|dir|name|id|url|ttl|length)$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#@:]*:([^\s/?#@]+)@")

_COMMON_WORDS = """
password password1 password12 password123 passw0rd changeme changeit change-me change_me letmein letmein1 secret
secrets secretkey secret-key supersecret topsecret mysecret mypassword default example examples localhost postgres
postgresql postgres123 mysql mariadb mongodb rabbitmq redis valkey minioadmin admin admin123 administrator root rootroot
guestguest username user test testing testtest test1234 testpassword development developer dev-secret devsecret
production staging enabled disabled undefined nothing placeholder replaceme replace-me insecure notasecret
not-a-secret dummy dummydummy foobar foobarbaz qwerty qwertyuiop qwerty123 iloveyou sunshine princess football
baseball welcome welcome1 trustno1 dragon monkey superman abc12345 abcd1234 abcdefgh 12345678 123456789 1234567890
87654321 11111111 00000000 true false none null 127.0.0.1 0.0.0.0
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def is_secret_name(name: str) -> bool:
    """Whether a setting with this name is taken for a secret: ``API_KEY``, ``DB_PASSWORD``, ``github-token`` …"""
    return _NAMES.search(name) is not None and _NOT_SECRET.search(name) is None


def passwords_in(value: str) -> tuple[str, ...]:
    """Return the passwords of the URLs in a value, as written and unescaped: ``postgres://user:PASSWORD@host``."""
    found = _USERINFO.findall(value)
    return tuple(dict.fromkeys(form for password in found for form in (password, unquote(password))))


def why_secret(name: str, value: str, declared: bool = False) -> str | None:
    """Return why a value is secret, for people, or None when it is not."""
    if declared:
        return "declared"
    if is_secret_name(name):
        return "its name"
    if passwords_in(value):
        return "a password in a URL"
    return None


def is_weak(value: str) -> bool:
    """Whether a secret is too short or too common to be masked: doing so would hide innocent text and betray it."""
    text = value.strip()
    if len(text) < SHORTEST or text.lower() in _COMMON:
        return True
    return len(set(text)) < 4 or (text.isdigit() and text in "01234567890123456789098765432109876543210")


def names_of(values: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return what is to be masked with the name to show instead. ``values``: each with its node and its name there.

    The passwords of URLs are masked by themselves, too; what is weak is not. The first to name a value wins.
    """
    named: dict[str, str] = {}
    for value, node, name in values:
        for part in (value, *passwords_in(value)):
            if not is_weak(part):
                named.setdefault(part, node if name == "value" else name)
    return named
