"""Frames survive every way in which a stream may cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.guardian.frames import Unpacker, pack

FIELD = st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"."))
FRAME = st.lists(FIELD, min_size=1, max_size=6)


@given(st.lists(FRAME, max_size=5), st.lists(st.integers(1, 30), min_size=1))
def test_frames_arrive_whole_in_any_chunks(frames: list[list[bytes]], sizes: list[int]) -> None:
    """What was packed comes out, in order, however the bytes are cut."""
    data = b"".join(pack(*frame) for frame in frames)
    unpacker, found, turn = Unpacker(), [], 0
    while data:
        size = sizes[turn % len(sizes)]
        found += unpacker.feed(data[:size])
        data, turn = data[size:], turn + 1
    assert found == frames


def test_nul_is_refused() -> None:
    """A field with a NUL byte would become two: it is an error at the sender."""
    with pytest.raises(ValueError, match="NUL"):
        pack(b"spawn", b"a\0b")
