"""The order of lines of several services, whatever their clocks did."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from homeport.logs.book import DiskLogBook
from homeport.logs.order import merged_lines, sorted_lines
from homeport.logs.reader import LogReader
from homeport.model.lines import LogLine

LOGS = st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=4).map(
    lambda services: [
        [LogLine(f"s{service}", number, float(at), "out", "") for number, at in enumerate(times, 1)]
        for service, times in enumerate(services)
    ]
)


@given(LOGS)
def test_a_service_is_never_out_of_order(logs: list[list[LogLine]]) -> None:
    """Each service's lines come all, and in the order of their numbers, whatever times they have."""
    for found in (sorted_lines(logs), list(merged_lines(map(iter, logs)))):
        assert [[line for line in found if line.service == f"s{service}"] for service in range(len(logs))] == logs
        assert len(found) == sum(map(len, logs))


@given(LOGS.map(lambda logs: [sorted(lines, key=lambda line: line.at) for lines in logs]))
def test_clocks_that_went_well_give_the_order_of_time(logs: list[list[LogLine]]) -> None:
    """Where no service's clock went back, lines come by their time."""
    for found in (sorted_lines(logs), list(merged_lines(map(iter, logs)))):
        assert [line.at for line in found] == sorted(line.at for lines in logs for line in lines)


def test_lines_of_a_wrong_future_push_nobody_out(tmp_path: Path) -> None:
    """A house whose clock was ahead wrote first: its lines stay before the next one's, and others' last lines still come."""
    for at, text in ((5000.0, b"old\n"), (1000.0, b"new\n")):
        book = DiskLogBook(tmp_path, wall=lambda at=at: at)  # type: ignore[misc]
        book.writer("api", run=1).feed("out", text * 2)
        book.close()
    book = DiskLogBook(tmp_path, wall=lambda: 1001.0)
    book.writer("db", run=1).feed("out", b"latest\n")
    book.close()
    reader = LogReader(tmp_path)
    assert [(line.number, line.text) for line in reader.tail(["api"], 3)] == [(2, "old"), (3, "new"), (4, "new")]
    assert [line.number for line in reader.lines(["api"])] == [1, 2, 3, 4]
    assert [line.text for line in reader.tail(None, 3)] == ["new", "new", "latest"]
