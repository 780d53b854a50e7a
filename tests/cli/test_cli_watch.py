"""Following a house: shown until it is over, whatever the terminal does meanwhile."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from homeport.cli.screen.logline import Line
from homeport.cli.screen.outputs import Changes, Left
from homeport.cli.watch import Watch
from homeport.client.board import Board
from homeport.model.view import NodeView
from homeport.ports.fakes.house import FakeHouse
from landlord import served


class Recorder:
    """Keeps what is shown; the first picture waits for ``go``."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []
        self.lines: list[str] = []
        self.said: list[str] = []
        self.lefts: list[Left] = []
        self.shown = threading.Event()
        self.go = threading.Event()
        self.news = threading.Condition()
        self.ended = False

    def show(self, board: Board, changes: Changes, lines: Sequence[Line], left: Left) -> None:
        """Keep it."""
        with self.news:
            self.states += [(now.name, now.state) for _, now in changes]
            self.lines += [line.text for line in lines]
            self.lefts.append(left)
            self.news.notify_all()
        self.shown.set()
        self.go.wait()

    def say(self, sentence: str) -> None:
        """Keep it."""
        with self.news:
            self.said.append(sentence)
            self.news.notify_all()

    def until(self, holds: Callable[[], object]) -> None:
        """Wait for something to be shown or said."""
        with self.news:
            self.news.wait_for(holds)

    def end(self) -> None:
        """Note it."""
        self.ended = True


def stop(house: FakeHouse) -> None:
    """Close the house, and let its only service stop."""
    house.close()
    house.feed.put(NodeView("api", "service", "stopped"))


def test_a_watch_ends_with_the_house(tmp_path: Path) -> None:
    """Changes and lines are shown in order; a closing house in which nothing lives is over."""
    output = Recorder()
    output.go.set()
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        watch = Watch(landlord.path, output, tail=5)
        landlord.do(lambda house: house.book.add("api", 1, "out", "hello"))
        thread = threading.Thread(target=watch.run, args=(watch.is_over,))
        thread.start()
        output.shown.wait()
        landlord.do(stop)
        thread.join()
    assert output.states[0] == ("api", "ready")
    assert output.states[-1] == ("api", "stopped")
    assert output.lines == ["hello"]
    assert output.ended


def test_a_watch_skims(tmp_path: Path) -> None:
    """The house is asked to skip through who is too far ahead of what is seen."""
    output = Recorder()
    output.go.set()
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        watch = Watch(landlord.path, output, tail=5, lag=5)
        landlord.do(lambda house: house.book.add("api", 1, "out", "hello"))
        thread = threading.Thread(target=watch.run, args=(watch.is_over,))
        thread.start()
        output.until(lambda: output.lines)
        landlord.do(stop)
        thread.join()
        assert landlord.house.book.lags == [5]


def test_a_display_that_stood_still_joins_again(tmp_path: Path) -> None:
    """The house drops a display that does not read; it says so and goes on with what is."""
    output = Recorder()
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready"), stall=0.0) as landlord:
        watch = Watch(landlord.path, output)
        thread = threading.Thread(target=watch.run, args=(watch.is_over,))
        thread.start()
        output.shown.wait()
        text = "x" * 500_000
        for _ in range(10):  # more than any buffer between the two holds
            landlord.do(lambda house: house.book.add("api", 1, "out", text))
        landlord.do(lambda house: house.feed.put(NodeView("api", "service", "unready")))
        output.go.set()
        output.until(lambda: output.said)
        landlord.do(stop)
        thread.join()
    assert "stood still" in output.said[0]
    assert output.states[-1] == ("api", "stopped")


def test_who_is_left_is_asked_for_while_the_house_closes(tmp_path: Path) -> None:
    """The picture names who is waited for until nobody is."""
    output = Recorder()
    output.go.set()
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "stopping")) as landlord:
        landlord.house.leaving = [("api", 3.0)]
        landlord.do(lambda house: house.close())
        watch = Watch(landlord.path, output)
        thread = threading.Thread(target=watch.run, args=(watch.is_over,))
        thread.start()
        output.until(lambda: [("api", 3.0)] in output.lefts)
        landlord.do(stop)
        thread.join()
    assert watch.is_over()
