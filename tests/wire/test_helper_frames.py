"""The frames between Homeport and the helper: both ends mean the same bytes."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.model.errors import OutsideError
from homeport.wire import helper as wire

SOURCES = Path(__file__).parents[2] / "helper"
TRANSCRIPTS = sorted((SOURCES / "transcripts").glob("*.txt"))
NAMES = {name: thing for name, thing in vars(wire).items() if isinstance(thing, type) and issubclass(thing, wire.Frame)}

numbers, longs = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
bytes_or_so, small = st.binary(max_size=300), st.integers(0, 255)
texts = st.binary(max_size=60).map(lambda body: body.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
ends = st.one_of(st.tuples(st.none(), st.none()), st.tuples(small, st.none()), st.tuples(st.none(), small))
ports = st.integers(0, 2**16 - 1)
states = st.builds(
    lambda number, pid, starts, end, again, times, label, version: wire.State(
        number, pid, starts, *end, again, *times, label, version
    ),
    *(numbers, numbers, numbers, ends, numbers, st.tuples(longs, longs, longs), texts, texts),
)
frames = st.one_of(
    states,
    st.builds(wire.Write, numbers, bytes_or_so, st.just(True), st.booleans(), texts, numbers),
    st.builds(wire.Write, numbers, bytes_or_so, st.just(False), st.booleans()),
    st.builds(wire.Run, numbers, texts, st.lists(texts, max_size=5).map(tuple)),
    st.builds(wire.Restart, numbers, small, numbers),
    st.builds(wire.Ack, numbers, numbers, texts),
    *(st.builds(kind, numbers, texts, texts) for kind in (wire.Move, wire.Symlink)),
    *(st.builds(kind, numbers, texts) for kind in (wire.Remove, wire.Applied)),
    *(st.builds(kind, numbers) for kind in (wire.Ping, wire.End)),
    *(st.builds(kind, numbers, ports) for kind in (wire.Hello, wire.Listen, wire.Open)),
    *(st.builds(kind, numbers, numbers) for kind in (wire.Exit, wire.Accepted, wire.Credit, wire.Reset)),
    *(st.builds(kind, numbers, bytes_or_so) for kind in (wire.Output, wire.Complaint, wire.Data)),
)


@given(sent=st.lists(frames, max_size=6), cuts=st.lists(st.integers(0, 2000), max_size=8))
def test_frames_arrive_as_they_were_sent(sent: list[wire.Frame], cuts: list[int]) -> None:
    """Whatever was sent is read again, wherever the stream is cut."""
    stream, decoder = b"".join(map(wire.encode, sent)), wire.Decoder()
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    heard = [frame for start, end in pairwise(places) for frame in decoder.feed(stream[start:end])]
    assert heard == sent


@given(body=st.binary(max_size=60), letter=st.sampled_from("HWXMSCARPLOahoexnDKFZ"))
def test_what_is_no_frame_is_told_in_one_way(body: bytes, letter: str) -> None:
    """Any payload is read, or refused with a sentence and a next step."""
    said = ""
    try:
        wire.Decoder().feed(len(body).to_bytes(4, "big") + letter.encode() + bytes(4) + body)
    except OutsideError as error:
        said = f"{error.what}; {error.hint}"
    assert not said or ("no frame" in said and "restart" in said)


@pytest.mark.parametrize("start", [b"\xff\xff\xff\xff", b"\0\2\0\1a", b"\0\0\0\0?", b"HTTP"])
def test_noise_is_known_by_its_head(start: bytes) -> None:
    """A length that no frame has, or an unknown type, is refused before anything is waited for."""
    with pytest.raises(OutsideError, match="no frame"):
        wire.Decoder().feed(start.ljust(9, b"\0"))


@pytest.mark.parametrize("size", [0, 1, wire.PART - 1, wire.PART, wire.PART + 1, 3 * wire.PART])
def test_a_file_is_divided_into_frames(size: int) -> None:
    """The first part alone names the path, the last one alone ends it, and none is too long."""
    content = bytes(size)
    found = list(wire.parts(3, "/" + "x" * 4000, 0o755, content))
    assert [part.first for part in found] == [True] + [False] * (len(found) - 1)
    assert [part.last for part in found] == [False] * (len(found) - 1) + [True]
    assert b"".join(part.content for part in found) == content
    assert all(len(wire.encode(part)) <= wire.FRAME for part in found)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcripts_are_read_and_written(path: Path) -> None:
    """Each line's bytes are its frame, and its frame those bytes; the program is tested against the same lines."""
    for line in path.read_text().splitlines():
        if line[0] in "<>":
            digits, _, text = line[1:].partition("=")
            frame = eval(text, dict(NAMES))
            assert wire.encode(frame) == bytes.fromhex(digits)
            assert wire.Decoder().feed(bytes.fromhex(digits)) == [frame]


def test_both_ends_have_the_same_numbers() -> None:
    """What the program calls by the names of this module has the same value there."""
    text = "".join(path.read_text() for path in sorted(SOURCES.glob("*.[ch]")))
    found = dict(re.findall(r"\b(PROTOCOL|FRAME|LABEL|BROKEN|CREDIT) = (\d+(?: << \d+)?)", text))
    ours = {name: getattr(wire, "MALFORMED" if name == "BROKEN" else name) for name in found}
    assert {name: eval(value) for name, value in found.items()} == ours
    assert set(found) == {"PROTOCOL", "FRAME", "LABEL", "BROKEN", "CREDIT"}


def test_the_table_names_every_type() -> None:
    """The table at the head of the module and the types that are read are the same letters."""
    listed = re.findall(r"^([A-Za-z]), ([a-z]) |^([A-Za-z]) [a-z]", wire.__doc__ or "", re.MULTILINE)
    assert {letter for row in listed for letter in row if letter} == {kind.letter for kind in NAMES.values()} - {""}
