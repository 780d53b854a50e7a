"""What Homeport and its guardian say to each other: a length, then fields separated by NUL as in the kernel's own lists.

Arguments, environment and paths cannot contain NUL, so nothing needs to be escaped. File descriptors travel with the first
byte of their frame. Numbers are decimal. Frames by their first field:

to the guardian
    ``spawn`` id, tty (0 or 1), stop signal, folder, count of arguments, arguments…, environment…  with the output
    descriptors (out and err, or the terminal's slave side)
    ``end`` id, signal, grace in ms   ends a run: everything that it started, wherever that went
    ``adopt`` id, pid, start, stop signal, alive (0 or 1), mark   a run that a former guardian started
    ``grace`` ms                      the time that everything has for a clean stop once Homeport is gone
    ``finish``                        nothing more will be started: end what is left, then yourself
    ``ping``                          are you there? (``pong``)
    ``promise`` name, engine's address, folder of certificates, stop signal, grace in ms, sure (0 or 1)   remove this container
    once Homeport is gone; told again when the engine has made it for sure
    ``release`` name                  it is removed, or never came to be

from the guardian
    ``started`` id, pid, start            ``failed`` id, errno, what (``folder``, ``program``), path
    ``exited`` id, code (negative: the signal; ``?``: nobody knows)      ``gone`` id, pids… (of an adopted run: Homeport is
    the parent now and must reap them)
    ``orphan`` pid                        ``left`` pid         a process was adopted, or an adopted one is no more
    ``done``                              nothing is left of anything; the last frame
"""

from collections.abc import Iterator

MARK = b"HOMEPORT_RUN="
"""How the environment of a run names it: what it started carries the same mark, wherever it went."""

Frame = list[bytes]


def pack(*fields: bytes | int) -> bytes:
    """Return a frame as bytes. Raises ValueError when a field holds a NUL byte."""
    parts = [field if isinstance(field, bytes) else b"%d" % field for field in fields]
    body = b"\0".join(parts)
    if body.count(b"\0") != len(parts) - 1:
        raise ValueError("a field holds a NUL byte")
    return len(body).to_bytes(4, "big") + body


class Unpacker:
    """Puts frames together again from the chunks in which they arrive."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that ``data`` completes."""
        self._data += data
        while len(self._data) >= 4:
            end = 4 + int.from_bytes(self._data[:4], "big")
            if len(self._data) < end:
                return
            body = bytes(self._data[4:end])
            del self._data[:end]
            yield body.split(b"\0")
