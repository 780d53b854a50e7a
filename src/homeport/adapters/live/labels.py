"""What a container's files are called, such that the name is never wrong: while they change they have none."""

from typing import Final

from homeport.adapters.live.refusals import refused
from homeport.adapters.live.stream import Stream
from homeport.model.errors import RefusedError
from homeport.wire import helper as wire

UNKNOWN: Final = "~"
"""The label of a container whose last batch was not finished: some of its files are the old ones, some the new ones."""


class Labels:
    """Takes the label away before changes are made and sets one when all that are under way have been made."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._under_way = 0
        self._last = UNKNOWN
        self._whole = True
        """Whether nothing failed since the label was taken away."""
        self._known = True

    async def begin(self, label: str, *, here: bool) -> None:
        """Take the label away; ``here``: the changes follow on this very stream, behind it. Raises OutsideError."""
        if len(label.encode()) > wire.LABEL or label == UNKNOWN:
            raise RefusedError(f"a label is another text than {UNKNOWN} of at most {wire.LABEL} bytes: {label!r}")
        if not self._under_way:
            self._whole = True
        self._under_way += 1
        self._last = label
        try:
            if self._known or not here:
                self._known = False
                number = self._stream.number()
                answer = self._stream.expect(number)
                self._stream.put(wire.Applied(number, UNKNOWN))
                if not here:
                    ack = await self._stream.answered(answer)
                    if isinstance(ack, wire.Ack) and ack.errno:
                        raise refused("the container cannot be changed", ack)
        except BaseException:
            self._under_way -= 1
            self._whole = False
            raise

    async def end(self, *, made: bool) -> None:
        """Note that a batch has ended; after the last of them the label of the one begun last holds, if all were made."""
        self._under_way -= 1
        self._whole = self._whole and made
        if self._whole and not self._under_way:
            self._known = True
            # Its answer is not waited for: should it be lost, nothing is known, which is never wrong.
            self._stream.put(wire.Applied(self._stream.number(), self._last))
            await self._stream.outbox.sent()
