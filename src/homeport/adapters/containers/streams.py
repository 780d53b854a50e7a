"""What a container writes: frames of two streams in one, or the plain bytes of a terminal."""

from homeport.ports.runtime import Output, Stream

HEAD = 8


class Splitter:
    """Hands the frames of a stream to an output, in chunks as they come. With ``tty`` there are none: everything is out."""

    def __init__(self, output: Output, *, tty: bool) -> None:
        self._output = output
        self._tty = tty
        self._head = bytearray()
        self._left = 0
        self._stream: Stream = "out"

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._tty:
            self._output("out", data)
            return
        view = memoryview(data)
        while view:
            if self._left:
                part, view = view[: self._left], view[self._left :]
                self._left -= len(part)
                self._output(self._stream, bytes(part))
                continue
            missing = HEAD - len(self._head)
            self._head += view[:missing]
            view = view[missing:]
            if len(self._head) == HEAD:
                self._stream = "err" if self._head[0] == 2 else "out"
                self._left = int.from_bytes(self._head[4:], "big")
                self._head.clear()
