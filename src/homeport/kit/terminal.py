"""What programs write for terminals: sequences that are no text."""

import re

SEQUENCE = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\-_])"
"""Colours, cursor moves, titles and links: never over the end of a line."""

_TEXT = re.compile(SEQUENCE)
_BYTES = re.compile(SEQUENCE.encode())


def plain(text: str) -> str:
    """Return the text without terminal sequences."""
    return _TEXT.sub("", text) if "\x1b" in text else text


def plain_bytes(data: bytes) -> bytes:
    """Return the bytes without terminal sequences, with as many lines as before."""
    return _BYTES.sub(b"", data) if b"\x1b" in data else data
