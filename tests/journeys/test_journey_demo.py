"""The demo, as its reader meets it: one house, changed step by step."""

import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from person import DOWNLOAD, Person, pid


def ask(address: str, path: str, body: object = None) -> Any:
    """Ask a web address; a body makes it a POST. Returns JSON where it is some, else text."""
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(address + path, data=data), timeout=10) as answer:
        text = answer.read().decode()
    return json.loads(text) if "json" in answer.headers["Content-Type"] else text


def page_of(person: Person) -> str:
    """Return the address of the page."""
    return f"http://127.0.0.1:{person.node('page').ports['main']}"


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory,
    settle: Callable[..., Person],
    leaving: Callable[[Person], Iterator[Person]],
    copied: Callable[[str, Path], Path],
    moved: Callable[..., None],
    needs: Callable[[str], object],
) -> Iterator[Person]:
    """Give the demo, up and ready."""
    needs("postgres")
    needs("redis")
    person = settle(copied("demo", tmp_path_factory.mktemp("demo") / "demo"))
    moved(
        person.folder / "stack.py",
        ('database="demo"', 'database="demo", port=PORT'),
        ('stack.redis("redis"', 'stack.redis("redis", port=PORT'),
        ("port=8000", "port=PORT"),
        ("port=3000", "port=PORT"),
    )
    for _ in leaving(person):
        person.type("up", "-d", limit=DOWNLOAD)
        yield person


def pids(person: Person) -> dict[str, int | None]:
    """Return the process of every service."""
    return {node.name: pid(node) for node in person.frame().nodes if node.type == "service"}


def test_a_note_is_read_by_the_worker(demo: Person) -> None:
    """The page answers, and what is written on it goes through API, database and worker."""
    page = page_of(demo)
    assert "Everything here is running" in ask(page, "/")
    note = ask(page, "/api/notes", {"text": "five words for the workerbee"})["id"]
    assert "5 words" in demo.line("worker", "workerbee")
    [latest] = ask(page, "/api/numbers")["latest"]
    assert latest["id"] == note
    assert latest["longest"] == "workerbee"


def test_a_saved_program_restarts_alone(demo: Person) -> None:
    """A save of api.py restarts the API and nothing else."""
    before = pids(demo)
    demo.change("api.py", '"status": "ok"', '"status": "fine"')
    api = demo.restarted("api", before["api"])
    assert ask(f"http://127.0.0.1:{api.ports['main']}", "/health") == {"status": "fine"}
    assert {**pids(demo), "api": None} == {**before, "api": None}


def test_a_saved_stack_changes_only_what_differs(demo: Person) -> None:
    """A new service is added, one with another environment restarts, and all others stay."""
    before = pids(demo)
    demo.change("stack.py", 'run="python worker.py",', 'run="python worker.py",\n    groups=["x"],')
    demo.change(
        "stack.py",
        'env={"API_URL": api.url},',
        'env={"API_URL": api.url, "MORE": "1"},',
    )
    with (demo.folder / "stack.py").open("a") as file:
        file.write('stack.service("tick", run="while :; do sleep 60; done")\n')
    demo.until(lambda nodes, _: "tick" in nodes and nodes["tick"].state == "ready")
    demo.restarted("page", before["page"])
    after = pids(demo)
    assert {name for name, old in before.items() if after[name] != old} == {"page"}


def test_a_broken_stack_keeps_everything_running(demo: Person) -> None:
    """While stack.py is broken all goes on, and status shows the error with its line until it is mended."""
    before = pids(demo)
    good = (demo.folder / "stack.py").read_text()
    demo.save("stack.py", good + "stack.service('half', run=\n")
    demo.until(lambda _, frame: frame.file_error)
    said = demo.type("status").out
    assert "The stack file is broken" in said
    assert f":{len(good.splitlines()) + 1}" in said
    assert pids(demo) == before
    demo.save("stack.py", good)
    demo.until(lambda _, frame: not frame.file_error)
    assert "broken" not in demo.type("status").out
    assert pids(demo) == before


def test_up_joins_what_runs(demo: Person) -> None:
    """A second `up -d` finds everything ready; a second `up` shows it, and its Ctrl-C leaves it running."""
    before = pids(demo)
    demo.type("up", "-d")
    window = demo.open("up")
    window.until("runs already")
    window.press("\x03")
    assert window.ended() == 0
    assert "homeport down" in window.said
    assert pids(demo) == before


def test_down_and_up_find_the_work_done(demo: Person) -> None:
    """The data survive; the second `up` skips packages and migrate; `down --data` names what it removes."""
    demo.leave()
    demo.type("up", "-d")
    nodes = {node.name: node for node in demo.frame().nodes}
    for task in ("packages", "migrate"):
        assert "nothing changed" in nodes[task].detail
    assert ask(page_of(demo), "/api/numbers")["written"] == 1
    data = demo.home / "state/homeport/instances/demo/data/postgres"
    said = demo.type("down", "--data").out
    assert f"removing {data}" in said
    assert not data.exists()
    demo.find_nothing()


def test_ctrl_c_leaves_nothing(demo: Person) -> None:
    """`up` in a terminal shows a table; Ctrl-C ends everything, and the exit code tells it."""
    window = demo.open("up")
    window.until("Ctrl-C stops everything")
    demo.until(lambda nodes, _: nodes["page"].state == "ready")
    ports = demo.ports()
    assert ports
    window.press("\x03")
    assert window.ended() == 130
    demo.find_nothing(ports)


def test_a_killed_engine_leaves_nothing(demo: Person) -> None:
    """After kill -9 of the engine everything is gone in five seconds, and the next `up` works."""
    demo.type("up", "-d")
    frame, ports = demo.frame(), demo.ports()
    os.kill(frame.pid, signal.SIGKILL)
    demo.find_nothing(ports)
    demo.type("up", "-d")
