"""The little of HTTP that a look needs: write one GET, understand the head of the answer and where its body ends."""

import re
from typing import Final
from urllib.parse import quote

from homeport.ports.prober import Look

_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)? ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")
_LENGTH: Final = re.compile(rb"\ncontent-length:[ \t]*(\d+)[ \t]*\r?\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
HEAD_LIMIT: Final = 65536


def request(look: Look) -> bytes:
    """Return the bytes of the GET. Raises ValueError when a header cannot be sent."""
    path = quote(look.path or "/", safe="/?&=%:@!$'()*+,;~#[]")
    headers = {"host": ("Host", f"localhost:{look.port}"), "user-agent": ("User-Agent", "homeport")}
    headers["accept"] = ("Accept", "*/*")
    for name, value in look.headers:
        headers[name.lower()] = (name, value)
    headers["connection"] = ("Connection", "close")
    lines = [f"{name}: {value}" for name, value in headers.values()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header of the probe holds a line break")
    try:
        return "\r\n".join([f"GET {path if path[0] == '/' else '/' + path} HTTP/1.1", *lines, "", ""]).encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError("a header of the probe holds a character that HTTP cannot carry") from error


def status(answer: bytes) -> int | None:
    """Return the status of an answer, or None when it is not (yet) HTTP; interim 1xx answers are skipped."""
    found = _STATUS.match(answer)
    while found is not None and found[1][:1] == b"1":
        end = _HEAD_END.search(answer)
        if end is None:
            return None
        answer = answer[end.end() :]
        found = _STATUS.match(answer)
    return None if found is None else int(found[1])


def hopeless(answer: bytes) -> bool:
    """Whether these first bytes can never become HTTP."""
    whole_line = b"\n" in answer
    return (
        not b"HTTP/".startswith(answer[:5])
        or (whole_line and _STATUS.match(answer) is None)
        or len(answer) > HEAD_LIMIT
    )


def complete(answer: bytes) -> bool:
    """Whether the body is all there too, so that closing now disturbs nobody; unknown lengths end with the connection."""
    end = _HEAD_END.search(answer)
    if end is None:
        return False
    head = answer[: end.start() + 2]
    if _CHUNKED.search(head):
        return answer.endswith(b"0\r\n\r\n")
    length = _LENGTH.search(head)
    return length is not None and len(answer) - end.end() >= int(length[1])


def wrong_status(look: Look, seen: int) -> str | None:
    """Return None when the status is wanted, else the sentence why not."""
    if seen in look.statuses if look.statuses else 200 <= seen <= 399:
        return None
    wanted = " or ".join(map(str, look.statuses)) or "200-399"
    return f"answered {seen}, expected {wanted}"
