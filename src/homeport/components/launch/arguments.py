"""What the launchers' command lines have in common."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from homeport.components.launch.refusal import Refusal


def parser(program: str) -> argparse.ArgumentParser:
    """Return a parser that knows ``--host``, ``--port`` and ``--set``, and takes no abbreviations."""
    made = argparse.ArgumentParser(prog=f"homeport.components.launch.{program}", allow_abbrev=False)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=port, required=True)
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    return made


def port(text: str) -> int:
    """Read a TCP port, 1 to 65535."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is not a port between 1 and 65535")


def port_or_none(text: str) -> int | None:
    """Read a TCP port, or ``none``."""
    return None if text == "none" else port(text)


def settings(given: Iterable[str]) -> dict[str, str]:
    """Split ``KEY=VALUE`` pairs; a later one wins. Raises Refusal at the first that is no pair of one line."""
    pairs: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals) or "\n" in text or any(character.isspace() for character in key):
            raise Refusal(f"'--set {text}' is not KEY=VALUE on one line")
        pairs[key] = value
    return pairs


def password(file: Path) -> str:
    """Read a password, without the newline that editors add. Raises Refusal when it cannot be one."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refusal(f"the password file '{file}' does not exist") from None
    except UnicodeDecodeError:
        raise Refusal(f"the password file '{file}' is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or not text.isprintable():
        raise Refusal(f"the password file '{file}' must hold one line of printable characters")
    return text
