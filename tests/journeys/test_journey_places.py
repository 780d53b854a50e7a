"""Where things run: two checkouts side by side, ports, replicas, interpreters, signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from person import Person

LOOP = "while :; do sleep 60; done"
WEB = (
    "import http.server, os\n"
    "class Who(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())\n"
    "http.server.HTTPServer((os.environ['HOST'], int(os.environ['PORT'])), Who).serve_forever()\n"
)


def ask(port: int) -> str:
    """Return what is answered at a port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        return str(answer.read().decode())


def stack(port: int, more: str = "") -> str:
    """Return a stack with one web server, and somebody who knows where it is."""
    return (
        "from homeport import Stack, fixed\nstack = Stack('shop')\n"
        f"web = stack.service('web', run='python web.py', port={port}{more})\n"
        f"stack.service('guest', run=f'echo web is {{web.url}}; {LOOP}')\n"
    )


@pytest.fixture
def neighbour(person: Person, tmp_path: Path, leaving: Callable[[Person], Iterator[Person]]) -> Iterator[Person]:
    """Give the same person in another folder."""
    other = Person(tmp_path / "second", person.home, Path(person.environ["XDG_CACHE_HOME"]))
    yield from leaving(other)


def test_two_checkouts_run_side_by_side(person: Person, neighbour: Person, free_port: Callable[[], int]) -> None:
    """The first checkout has the declared port, the second a leased one; both are listed, and each is told its own."""
    port = free_port()
    for each in (person, neighbour):
        each.save("web.py", WEB)
        each.save("stack.py", stack(port))
        each.type("up", "-d")
    first, second = (each.node("web").ports["main"] for each in (person, neighbour))
    assert first == port != second
    assert ask(first) != ask(second)
    assert f":{second}" in neighbour.line("guest", "web is")
    listed = {one["name"]: one for one in json.loads(person.type("ps", "--json").out)}
    assert len(listed) == 2
    assert all(one["running"] for one in listed.values())
    person.leave()
    assert ask(second)


def test_a_taken_fixed_port_names_its_holder(person: Person) -> None:
    """A fixed port that another process holds is an error that names the process; when it is free, all goes on."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        person.save("web.py", WEB)
        person.save("stack.py", stack(port).replace(f"port={port}", f"port=fixed({port})"))
        person.type("up", "-d", exits=1)
        for said in (person.type("why", "guest").out, person.type("status").out):
            assert f"fixed port {port}" in said
            assert f"process {os.getpid()}" in said
    person.until(lambda nodes, _: nodes["guest"].state == "ready")


def test_replicas_take_turns(person: Person, free_port: Callable[[], int]) -> None:
    """Connections to the shared address go to the ready replicas in turn; `scale` changes their number."""
    port = free_port()
    person.save("web.py", WEB)
    person.save("stack.py", stack(port, ", replicas=3"))
    person.type("up", "-d")
    answers = [ask(port) for _ in range(9)]
    assert len(set(answers)) == 3
    assert answers[:3] * 3 == answers
    person.type("scale", "web", "2")
    person.until(lambda nodes, _: nodes["web"].ready_replicas == 2 and len(nodes["web"].replicas) == 2)
    assert len({ask(port) for _ in range(6)}) == 2


def test_python_is_the_projects(person: Person) -> None:
    """`python` is that of .venv beside the file; where the file imports what it lacks, the error names it and how to add it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", person.folder / ".venv"], check=True)
    person.save(
        "stack.py",
        "from homeport import Stack\nimport sys\nassert '.venv' in sys.prefix\nstack = Stack('mine')\n"
        "stack.task('say', run=['python', '-c', 'import sys; print(sys.prefix)'])\n",
    )
    person.type("up", "-d")
    assert str(person.folder / ".venv") in person.type("logs", "say").out
    person.leave()
    person.change("stack.py", "import sys", "import sys, absent_module")
    said = person.type("up", "-d", exits=2).err
    assert "absent_module" in said
    assert str(person.folder / ".venv") in said
    assert "stack.py:2" in said
    person.change("stack.py", ", absent_module", "")


def test_children_have_default_signals(person: Person) -> None:
    """Programs get default dispositions of signals, also when Homeport was started under nohup."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('signals')\n"
        "stack.task('look', run=['python', '-c', 'import signal as s; "
        "print([n.name for n in s.Signals if s.getsignal(n) is s.SIG_IGN])'])\n"
        f"stack.service('loop', run={LOOP!r})\n",
    )
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        person.type("up", "-d")
    finally:
        signal.signal(signal.SIGHUP, old)
    # Python itself ignores these two, whatever it was started with.
    assert "['SIGPIPE', 'SIGXFSZ']" in person.line("look", "SIG")


def test_a_closed_window_ends_everything(person: Person) -> None:
    """A foreground `up` whose terminal is closed ends all that it started."""
    person.save("stack.py", f"from homeport import Stack\nstack = Stack('window')\nstack.service('a', run={LOOP!r})\n")
    window = person.open("up")
    window.until("Ctrl-C stops everything")
    person.until(lambda nodes, _: nodes["a"].state == "ready")
    assert window.hang_up() == 129
    person.find_nothing()


def test_a_long_runtime_folder_is_no_trouble(person: Person) -> None:
    """Where the runtime folder is too long for a socket, a short one is found, and nothing of it stays."""
    folder = person.home / ("long" * 25)
    folder.mkdir(mode=0o700)
    person.environ["XDG_RUNTIME_DIR"] = str(folder)
    person.save("stack.py", f"from homeport import Stack\nstack = Stack('deep')\nstack.service('a', run={LOOP!r})\n")
    person.type("up", "-d")
    path = Path(person.house.path)
    assert len(os.fsencode(path)) <= 107
    person.leave()
    assert not path.exists()
