"""The program says what the transcripts say, which the other end is tested against too (tests/wire/test_helper_frames.py)."""

from pathlib import Path

import pytest
from far_side import Container

from homeport.wire import helper as wire

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "helper" / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_program_answers_as_it_is_written(container: Container, path: Path) -> None:
    """To what is asked it gives those answers in that order, to the byte but for its version."""
    stream = container.serve("/nowhere")
    answers: list[wire.Frame] = []
    lines = [line.partition("=")[0].split() for line in path.read_text().splitlines() if line[0] in "<>"]
    for direction, *digits in lines:
        frame = bytes.fromhex("".join(digits))
        if direction == ">":
            stream.raw(frame)
        else:
            answers += wire.Decoder().feed(frame)
            heard = stream.hear(wire.Frame)
            if isinstance(heard, wire.State):
                assert len(heard.version) == 16
                heard = wire.State(heard.id, version="-" * 16)
            assert wire.encode(heard) == frame
    assert stream.end() == 0
    assert stream.rest() == []
