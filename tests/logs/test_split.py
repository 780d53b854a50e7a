"""Chunks become lines, however they were cut."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from homeport.kit.masking import NOTHING, Mask, forms_of
from homeport.logs.lines import PIECE
from homeport.logs.split import Splitter, settle

SECRETS = ("canary-s3cret/one", 'canary "two"+&', "line one of three\nline two of three\nline three of three")


def split(chunks: list[bytes], mask: Mask = NOTHING) -> list[tuple[bytes, bool]]:
    """Return the lines of a stream, and whether each was cut; the half line at the end included."""
    splitter = Splitter(mask)
    lines: list[tuple[bytes, bool]] = []
    for chunk in chunks:
        for whole, cut in splitter.feed(chunk):
            lines += [(row, cut) for row in whole.split(b"\n")]
    half = splitter.finish()
    return lines if half is None else [*lines, (half, False)]


def parts(data: bytes, places: list[int]) -> list[bytes]:
    """Return the data cut at these places."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


PIECES = st.lists(
    st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\x1b[1m", b"\xff", "é".encode(), b" "]), max_size=30
)


@given(PIECES, st.lists(st.integers(0, 200), max_size=6))
def test_chunks_do_not_matter(pieces: list[bytes], places: list[int]) -> None:
    """The same bytes are the same lines, however they are cut into chunks."""
    data = b"".join(pieces)
    assert split(parts(data, places)) == split([data])


@given(PIECES)
def test_lines_are_those_of_a_terminal(pieces: list[bytes]) -> None:
    r"""Each line is what follows its last ``\r`` that was followed by anything."""
    data = b"".join(pieces)
    *rows, half = data.split(b"\n")
    rows += [half] if half else []
    assert [row for row, _ in split([data])] == [row.rstrip(b"\r").rpartition(b"\r")[2] for row in rows]


def test_long_lines_are_cut_into_pieces() -> None:
    """A line is kept in pieces of at most 64 KiB, marked, and nothing of it is lost; characters stay whole."""
    line = "xé€😀".encode() * 50_000
    for size in (1000, PIECE, PIECE * 3 + 7):
        chunks = [line[at : at + size] for at in range(0, len(line), size)]
        lines = split([*chunks, b"\nend\n"])
        assert lines[-1] == (b"end", False)
        assert b"".join(row for row, _ in lines[:-1]) == line
        assert all(len(row) <= PIECE for row, _ in lines)
        assert [cut for _, cut in lines[:-1]] == [True] * (len(lines) - 2) + [False]
        for row, _ in lines:
            row.decode("utf-8")


def test_endless_progress_needs_no_room() -> None:
    """A progress bar that never ends its line keeps one state."""
    chunks = [b"\r%6d of 100000 files" % number for number in range(100_000)]
    assert split([*chunks, b"\n"]) == [(b" 99999 of 100000 files", False)]


def test_settle_leaves_plain_data_alone() -> None:
    r"""Without ``\r`` the data come back as they are."""
    data = b"a\nb\x1b[K\n"
    assert settle(data) is data


FORMS = sorted(form for value in SECRETS for form in forms_of(value))
LEAKS = st.lists(st.sampled_from([*FORMS, b"x", b"\n", b"\r", b"=", b"canary"]), max_size=8)


@given(LEAKS, st.lists(st.integers(0, 2000), max_size=12))
def test_no_secret_survives_any_split(pieces: list[bytes], places: list[int]) -> None:
    """However the output is cut into chunks, no form of a secret is among the lines."""
    secrets = frozenset(SECRETS)
    data = b"".join(pieces)
    written = b"\n".join(row for row, _ in split(parts(data, places), Mask(lambda: secrets)))
    assert not any(form in written for form in FORMS)


@given(st.integers(-40, 40), st.booleans(), st.sampled_from(sorted(forms_of(SECRETS[1]))))
def test_no_secret_survives_a_cut_line(shift: int, ended: bool, form: bytes) -> None:
    """A secret that lies across the place where a long line is cut is hidden as well."""
    secrets = frozenset(SECRETS)
    line = b"." * (PIECE + shift) + form + b"." * 100 + (b"\n" if ended else b"")
    chunks = [line[at : at + 1000] for at in range(0, len(line), 1000)]
    written = b"".join(row for row, _ in split(chunks, Mask(lambda: secrets)))
    assert form not in written
    assert written.count(b"[secret]") == 1


def test_the_beginning_of_a_secret_is_hidden_at_the_end() -> None:
    """A half line at exit, and the unfinished line on a screen, do not show the greater part of a secret."""
    secrets = frozenset({"canary-s3cret"})
    splitter = Splitter(Mask(lambda: secrets))
    assert list(splitter.feed(b"token canary-s3cre")) == []
    assert splitter.unfinished() == b"token "
    assert splitter.finish() == b"token [secret]"
    assert splitter.finish() is None
