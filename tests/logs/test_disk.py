"""What stays on disk, whatever happens to it."""

import os
import shutil
import stat
from pathlib import Path

from homeport.logs.ageing import remember_age
from homeport.logs.book import DiskLogBook
from homeport.logs.reader import LogReader
from homeport.logs.tip import Limits
from homeport.model.parts import Keep


class Said:
    """Hears what the book says."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, service: str, text: str) -> None:
        """Keep a sentence."""
        self.lines.append(f"{service}: {text}")


def book_in(root: Path, limits: Limits | None = None, said: Said | None = None) -> DiskLogBook:
    """Return a book whose clock stands still."""
    return DiskLogBook(root, wall=lambda: 1_700_000_000.0, limits=limits or Limits(), say=said)


def segments(root: Path, service: str = "api") -> list[str]:
    """Return the names of the segments of a service."""
    return sorted(path.name for path in (root / service).glob("*.log"))


def test_numbers_go_on_over_restarts_of_homeport(tmp_path: Path) -> None:
    """Another house goes on counting where the one before stopped, also past checkpoints."""
    for start in range(1, 60_001, 20_000):
        pen = book_in(tmp_path).writer("api", run=1)
        pen.feed(
            "out",
            b"".join(
                b"line %d, which is long enough for a few of them to fill a MiB\n" % (start + at)
                for at in range(20_000)
            ),
        )
        pen.close()
    assert len((tmp_path / "api" / "000000000001.idx").read_bytes().splitlines()) >= 3
    for line in LogReader(tmp_path).tail(["api"], 3):
        assert line.text.startswith(f"line {line.number},")
    for line in list(LogReader(tmp_path).lines(["api"]))[::9999]:
        assert line.text.startswith(f"line {line.number},")


def test_a_wrong_index_is_passed_over(tmp_path: Path) -> None:
    """Numbers are right without checkpoints, and with ones that do not fit."""
    pen = book_in(tmp_path).writer("api", run=1)
    pen.feed("out", b"a\nb\nc\n")
    pen.close()
    for index in (b"", b"garbage\n", b"5 99\n", b"999999 1000\n\xff"):
        (tmp_path / "api" / "000000000001.idx").write_bytes(index)
        assert [line.number for line in LogReader(tmp_path).tail(["api"], 1)] == [3]


def test_a_torn_line_costs_itself_only(tmp_path: Path) -> None:
    """What a killed writer left of a line is dropped; the lines before it and the numbers stay."""
    pen = book_in(tmp_path).writer("api", run=1)
    pen.feed("out", b"a\nb\n")
    pen.close()
    with (tmp_path / "api" / "000000000001.log").open("ab") as file:
        file.write(b"17000000")
    assert [line.text for line in LogReader(tmp_path).tail(["api"], 5)] == ["a", "b"]
    book_in(tmp_path).writer("api", run=2).feed("out", b"c\n")
    assert [(line.number, line.text) for line in LogReader(tmp_path).tail(["api"], 5)] == [(1, "a"), (2, "b"), (3, "c")]


def test_the_oldest_segments_go(tmp_path: Path) -> None:
    """A service keeps so many segments of about so many bytes; numbers tell what is gone."""
    pen = book_in(tmp_path, Limits(segment_bytes=1000, segments=3)).writer("api", run=1)
    for number in range(1, 201):
        pen.feed("out", b"line %d\n" % number)
    assert len(segments(tmp_path)) == 3
    lines = LogReader(tmp_path).tail(["api"], 1000)
    assert [line.text for line in lines] == [f"line {line.number}" for line in lines]
    assert lines[-1].number == 200
    assert 1 < lines[0].number < 150


def test_old_segments_go(tmp_path: Path) -> None:
    """Segments that nobody wrote to for longer than the limit are removed when the log is opened, but for the last."""
    pen = book_in(tmp_path, Limits(segment_bytes=10)).writer("api", run=1)
    for number in range(3):
        pen.feed("out", b"line %d\n" % number)
    pen.close()
    for name in segments(tmp_path):
        os.utime(tmp_path / "api" / name, (1_600_000_000, 1_600_000_000))
    book_in(tmp_path).writer("api", run=2).feed("out", b"new\n")
    assert [line.text for line in LogReader(tmp_path).tail(["api"], 9)] == ["line 2", "new"]


def test_lines_age_in_a_house_that_stays(tmp_path: Path) -> None:
    """A service that says little keeps no line for much longer than the limit, though it fills no segment."""
    clock = [1_700_000_000.0]
    book = DiskLogBook(tmp_path, wall=lambda: clock[0])
    pen = book.writer("api", run=1, keep=Keep(age=100 * 3600.0))
    for hour in range(500):
        clock[0] += 3600.0
        pen.feed("out", b"hour %d\n" % hour)
        os.utime(tmp_path / "api" / segments(tmp_path)[-1], (clock[0], clock[0]))
    first = next(LogReader(tmp_path).lines(["api"]))
    assert 350 <= first.number - 1 <= 400


def test_what_left_the_stack_ages_too(tmp_path: Path) -> None:
    """When a house opens its first log, what nobody wrote to for longer than the limit goes, its folder included."""
    for service, age in (("left", Keep().age), ("young", 60.0), ("old", 1e9), ("younger", Keep().age)):
        book_in(tmp_path).writer(service, run=1, keep=Keep(age=age)).feed("out", b"old\n")
        written = 1_600_000_000 if service in ("left", "old") else 1_700_000_000 - 100
        os.utime(tmp_path / service / segments(tmp_path, service)[0], (written, written))
    book_in(tmp_path).writer("api", run=1).feed("out", b"new\n")
    assert LogReader(tmp_path).services() == ["api", "old", "younger"]
    assert not (tmp_path / "young").exists()


def test_limits_are_per_service(tmp_path: Path) -> None:
    """A loud service evicts nobody else's lines."""
    book = DiskLogBook(tmp_path, wall=lambda: 0.0)
    book.writer("quiet", run=1).feed("out", b"hello\n")
    loud = book.writer("loud", run=1, keep=Keep(size=400))
    for _ in range(100):
        loud.feed("out", b"noise noise noise\n")
    assert sum(path.stat().st_size for path in (tmp_path / "loud").glob("*.log")) < 600
    assert [line.text for line in book.tail(["quiet"], 5)] == ["hello"]


def test_a_removed_folder_is_made_again(tmp_path: Path) -> None:
    """Lines written after the logs were removed are kept, with the numbers they have, and the loss is told."""
    book = book_in(tmp_path / "logs")
    pen = book.writer("api", run=1)
    pen.feed("out", b"gone\n")
    shutil.rmtree(tmp_path / "logs")
    pen.feed("out", b"kept\n")
    kept, told = book.tail(["api"], 5)
    assert (kept.number, kept.text) == (2, "kept")
    assert (told.stream, told.text) == (
        "note",
        f"somebody removed or cut the log in {tmp_path / 'logs' / 'api'}; it goes on with new lines",
    )


def test_an_emptied_file_is_left(tmp_path: Path) -> None:
    """When somebody empties the file, the next lines go to a new one, with the numbers they have."""
    book = book_in(tmp_path)
    pen = book.writer("api", run=1)
    pen.feed("out", b"gone\ngone too\n")
    os.truncate(tmp_path / "api" / segments(tmp_path)[0], 0)
    pen.feed("out", b"kept\n")
    assert [(line.number, line.text) for line in book.tail(["api"], 5) if line.stream == "out"] == [(3, "kept")]


def test_a_full_disk_is_said_once_and_nothing_is_lost(tmp_path: Path) -> None:
    """While the disk takes nothing, lines wait in memory; what happened is said once, and all are written afterwards."""
    (tmp_path / "api").mkdir()
    full = tmp_path / "api" / "000000000001.log"
    full.symlink_to("/dev/full")
    said = Said()
    book = book_in(tmp_path, said=said)
    pen = book.writer("api", run=1)
    pen.feed("out", b"one\n")
    pen.feed("out", b"two\nhalf")
    assert pen.tail(3) == ("one", "two", "half")
    assert book.tail(["api"], 5) == ()
    full.unlink()
    pen.close()
    assert [line.text for line in book.tail(["api"], 9)] == [
        "one",
        "two",
        "half",
        "the log can be written again",
    ]
    assert len(said.lines) == 2
    assert "No space left on device" in said.lines[0]


def test_a_disk_that_takes_a_line_now_and_then_is_told_as_one_thing(tmp_path: Path) -> None:
    """Refusals that follow one another soon are not news each; the end of them is told once, with all that was lost."""
    folder, said = tmp_path / "api", Said()
    folder.write_text("a file where a folder should be")
    pen = book_in(tmp_path, Limits(held_bytes=1, retry=0.0, lasting=1000.0), said).writer("api", run=1)
    for _ in range(10):
        for _ in range(3):
            pen.feed("out", b"line\n")
        folder.unlink()
        pen.feed("out", b"line\n")
        shutil.rmtree(folder)
        folder.write_text("a file where a folder should be")
    folder.unlink()
    pen.close()
    told = [text for text in said.lines if "removed or cut" not in text]
    assert [" ".join(text.split(" (")[0].split()[-3:]) for text in told[:1]] == ["cannot be written"]
    assert sum("only now and then" in text for text in told) == 1, told
    assert sum("can be written again" in text for text in told) == 2, told


def test_what_waits_for_the_disk_is_bounded(tmp_path: Path) -> None:
    """Beyond the limit the oldest waiting lines are given up; how many is said, and their numbers stay empty."""
    (tmp_path / "api").write_text("a file where a folder should be")
    said = Said()
    book = book_in(tmp_path, Limits(held_bytes=1000), said)
    pen = book.writer("api", run=1)
    for number in range(1, 101):
        pen.feed("out", b"line %03d\n" % number)
    (tmp_path / "api").unlink()
    pen.close()
    lines = book.tail(["api"], 200)
    kept = [line for line in lines if line.stream == "out"]
    assert 20 < len(kept) < 60
    assert kept[-1].text == "line 100"
    assert lines[-1].text.startswith("the log can be written again; ")
    assert lines[-1].text.endswith(f"{100 - len(kept)} lines were lost")
    assert len(said.lines) == 2


def test_a_disk_that_fills_up_costs_the_oldest_lines(tmp_path: Path) -> None:
    """Where there are older segments they make room for new lines, without a gap, and that is said."""
    book_in(tmp_path, Limits(segment_bytes=10)).writer("api", run=1).feed("out", b"old\n")
    (tmp_path / "api" / "000000000002.log").symlink_to("/dev/full")
    said = Said()
    pen = book_in(tmp_path, Limits(segment_bytes=10), said).writer("api", run=2)
    pen.feed("out", b"new\n")
    (tmp_path / "api" / "000000000002.log").unlink()
    pen.close()
    assert [line.text for line in LogReader(tmp_path).tail(["api"], 9)][:1] == ["new"]
    assert any("the oldest lines of this log are given up" in text for text in said.lines)


def test_an_idle_service_is_written_when_another_speaks(tmp_path: Path) -> None:
    """Lines that wait for the disk do not wait for their own service to speak again."""
    (tmp_path / "api").write_text("")
    book = book_in(tmp_path, Limits(retry=0.0))
    book.writer("api", run=1).feed("out", b"one\n")
    (tmp_path / "api").unlink()
    book.writer("db", run=1).feed("out", b"two\n")
    assert [line.text for line in book.tail(["api"], 2)] == ["one", "the log can be written again"]


def test_trouble_without_lines_ends_too(tmp_path: Path) -> None:
    """What was said to be wrong is said to be over, even when no line had to wait meanwhile."""
    (tmp_path / "api").write_text("")
    said = Said()
    pen = book_in(tmp_path, said=said).writer("api", run=1)
    (tmp_path / "api").unlink()
    pen.feed("out", b"one\n")
    assert [text.partition("(")[0] for text in said.lines] == [
        f"api: the log in {tmp_path / 'api'} cannot be written ",
        "api: the log can be written again",
    ]


def test_closing_the_book_writes_what_waits(tmp_path: Path) -> None:
    """At the end of a house nothing waits any more when the disk takes it."""
    (tmp_path / "api").write_text("")
    book = book_in(tmp_path)
    book.writer("api", run=1).feed("out", b"one\nhalf")
    (tmp_path / "api").unlink()
    book.close()
    assert [line.text for line in book.tail(["api"], 3)] == ["one", "half", "the log can be written again"]


def test_files_are_private(tmp_path: Path) -> None:
    """Nobody else can read the logs."""
    book_in(tmp_path / "logs").writer("a/b", run=1).feed("out", b"x\n")
    folder = tmp_path / "logs" / "a%2Fb"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "000000000001.log").stat().st_mode & 0o777 == 0o600
    assert LogReader(tmp_path / "logs").services() == ["a/b"]


def test_the_age_of_a_log_is_for_its_owner(tmp_path: Path) -> None:
    """The note beside a log is as private as the log, whatever the umask."""
    before = os.umask(0)
    try:
        remember_age(tmp_path / "api", 60.0)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "api" / "age").stat().st_mode) == 0o600
