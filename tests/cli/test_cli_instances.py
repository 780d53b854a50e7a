"""Commands about all instances of a user: `ps`, `down --all` and `prune`, on real houses and on the files of dead ones."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homeport.cli import exits
from homeport.cli.screen import instances as screen
from homeport.cli.screen.instances import Neighbour
from homeport.cli.screen.paint import plain
from homeport.cli.screen.text import width_of

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]
LISTEN = "import os, signal, socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT']))); signal.pause()"
STACK = f"""
from homeport import Stack
stack = Stack("shop")
stack.service("api", run=[{sys.executable!r}, "-ISc", {LISTEN!r}], port=18091)
"""


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment with a runtime folder, so that nothing is put beside the runtime folders of others."""
    (tmp_path / "r").mkdir(mode=0o700)
    return {**environ, "XDG_RUNTIME_DIR": str(tmp_path / "r"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def checkout(tmp_path: Path, homeport: Homeport) -> Iterator[Callable[[str], Path]]:
    """Return how a checkout is made in which the house runs; all are ended after the test."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        (folder / ".git").mkdir(parents=True)
        (folder / "stack.py").write_text(STACK)
        done = homeport("up", "-d", cwd=folder)
        assert done.returncode == exits.OK, done.stderr
        return folder

    yield make
    homeport("down", "--all", "--kill")


def listed(homeport: Homeport, *words: str) -> dict[str, dict[str, object]]:
    """Return what `ps --json` says, by name."""
    return {one["name"]: one for one in json.loads(homeport("ps", "--json", *words).stdout)}


def prunable(homeport: Homeport, folder: Path) -> list[dict[str, object]]:
    """Return what `prune` would remove of this test's: other tests may leave runtime folders in the system's own."""
    told = homeport("prune", "--dry-run", "--json")
    assert told.returncode == exits.OK
    return [one for one in json.loads(told.stdout)["pruned"] if str(folder) in one["why"]]


def list_of(found: object) -> list[object]:
    """Return a list as JSON gave it."""
    assert isinstance(found, list)
    return found


def test_all_houses_end_at_once(homeport: Homeport, checkout: Callable[[str], Path]) -> None:
    """`down --all` ends each of them by its name, from any folder, and says so; with none it says that."""
    for name in ("a", "b"):
        checkout(name)
    running = listed(homeport)
    assert {name: one["state"] for name, one in running.items()} == {"shop": "ready", "shop-b": "ready"}
    ports = [str(address).rpartition(":")[2] for one in running.values() for address in list_of(one["addresses"])]
    assert len(set(ports)) == 2
    assert all(int(str(one["memory"])) > 10_000_000 for one in running.values())
    told = homeport("down", "--all")
    assert told.returncode == exits.OK
    first, *ended = told.stdout.splitlines()
    assert first == "ending shop, shop-b"
    assert sorted(ended) == ["shop has ended", "shop-b has ended"]
    assert listed(homeport) == {}
    assert homeport("down", "--all").stdout == "nothing runs on this machine\n"
    assert json.loads(homeport("down", "--all", "--json").stdout) == {"houses": []}


def test_a_house_that_hangs_holds_up_nobody(homeport: Homeport, checkout: Callable[[str], Path]) -> None:
    """A stopped house is listed as silent, named with its process when it does not end, and killed only with --kill."""
    checkout("a")
    checkout("b")
    pid = int(str(listed(homeport)["shop"]["pid"]))
    os.kill(pid, signal.SIGSTOP)
    assert {name: one["state"] for name, one in listed(homeport).items()} == {"shop": "silent", "shop-b": "ready"}
    told = homeport("down", "--all")
    assert told.returncode == exits.OUTSIDE
    assert f"shop does not answer (process {pid}); `homeport down --all --kill` ends it" in told.stdout
    assert "shop-b has ended" in told.stdout
    killed = homeport("down", "--all", "--kill", "--json")
    assert killed.returncode == exits.OK
    assert json.loads(killed.stdout) == {"houses": [{"name": "shop", "pid": pid, "outcome": "killed"}]}


@pytest.mark.parametrize("words", [["--data"], ["--instance", "shop"], ["-f", "stack.py"]])
def test_all_means_all(homeport: Homeport, words: list[str]) -> None:
    """What concerns one instance does not go with --all: nobody loses all data by one flag."""
    before = words if words[0] == "-f" else []
    told = homeport(*before, "down", "--all", *(words if not before else []))
    assert told.returncode == exits.REFUSED
    assert "error: --all" in told.stderr


def test_a_removed_checkout_leaves_nothing(homeport: Homeport, checkout: Callable[[str], Path], tmp_path: Path) -> None:
    """Also while its house runs: `ps` shows it, `down --all` ends it, `prune` removes it, and its name is free again."""
    folder = checkout("a")
    folder.rename(tmp_path / "gone")
    assert listed(homeport)["shop"]["state"] == "ready, its stack file is gone"
    assert prunable(homeport, tmp_path) == []
    assert homeport("down", "--all").returncode == exits.OK
    (tmp_path / "gone" / "stack.py").unlink()
    assert listed(homeport, "--all")["shop"]["state"] == "stopped, its stack file is gone"
    refused = homeport("prune")
    assert refused.returncode == exits.REFUSED
    assert "nothing was removed: nobody can be asked here" in refused.stderr
    assert "logs" in refused.stdout
    (found,) = prunable(homeport, tmp_path)
    assert (found["name"], found["removed"], found["ports"]) == ("shop", False, 1)
    assert "removed shop" in homeport("prune", "-y").stdout
    assert listed(homeport, "--all") == {}
    assert list((tmp_path / "state" / "homeport" / "instances").iterdir()) == []
    checkout("b")
    assert list(listed(homeport)) == ["shop"]


def test_a_moved_checkout_is_continued(homeport: Homeport, checkout: Callable[[str], Path], tmp_path: Path) -> None:
    """While its house runs from the old place, `up` in the new one says how to end it; then it is the same instance."""
    folder = checkout("a")
    folder.rename(tmp_path / "b")
    refused = homeport("up", "-d", cwd=tmp_path / "b")
    assert refused.returncode == exits.REFUSED
    assert "try: end it first: homeport --instance shop down" in refused.stderr
    assert homeport("--instance", "shop", "down").returncode == exits.OK
    assert homeport("up", "-d", cwd=tmp_path / "b").returncode == exits.OK
    assert list(listed(homeport, "--all")) == ["shop"]


def test_chosen_instances_are_pruned(homeport: Homeport, checkout: Callable[[str], Path]) -> None:
    """By name also with the checkout in place, but never while it runs, and nothing when one of the names is unknown."""
    folder = checkout("a")
    assert 'error: "shop" runs' in homeport("prune", "shop", "--yes").stderr
    assert homeport("down", cwd=folder).returncode == exits.OK
    assert homeport("prune", "shop", "other", "--yes").returncode == exits.REFUSED
    assert list(listed(homeport, "--all")) == ["shop"]
    assert homeport("prune", "shop", "--yes").returncode == exits.OK
    assert listed(homeport, "--all") == {}
    assert (folder / "stack.py").exists()


def test_a_lost_registry_hides_no_house(homeport: Homeport, checkout: Callable[[str], Path], tmp_path: Path) -> None:
    """What runs is listed and ended also when the registry is gone."""
    checkout("a")
    (tmp_path / "state" / "homeport" / "instances.json").unlink()
    assert listed(homeport)["shop"]["running"] is True
    assert "shop has ended" in homeport("down", "--all").stdout
    assert "no instance has this name" in homeport("prune", "--dry-run").stdout


def test_a_killed_house_with_survivors_is_listed(homeport: Homeport, environ: dict[str, str], tmp_path: Path) -> None:
    """`ps` names houses that were killed while something of theirs lives on, without being asked for all."""
    folder = tmp_path / "state" / "homeport" / "instances" / "shop"
    (folder / "runs").mkdir(parents=True)
    registry = [{"name": "shop", "stack": "shop", "root": str(tmp_path), "file": str(tmp_path / "stack.py")}]
    (tmp_path / "state" / "homeport" / "instances.json").write_text(json.dumps(registry))
    (tmp_path / "stack.py").write_text(STACK)
    house = uuid.uuid4().hex
    (folder / "runs" / house).write_text("house 1 another-birth\n")
    marked = {**environ, "HOMEPORT_RUN": f"shop/{house}/api/1"}
    with subprocess.Popen(["sleep", "1000"], env=marked, start_new_session=True) as survivor:
        told, shown = homeport("ps", "--json").stdout, homeport("ps").stdout
        survivor.kill()
    (found,) = json.loads(told)
    assert (found["state"], found["left"], found["running"]) == ("killed, 1 process left", [survivor.pid], False)
    assert "homeport doctor --fix" in shown
    assert homeport("ps").stdout == "nothing runs on this machine\n"


@pytest.mark.parametrize("width", [30, 40, 60, 80])
def test_long_names_leave_room_for_the_state(width: int) -> None:
    """A name of 63 characters is cut before the state is, and the table fits every terminal."""
    long = Neighbour("x" * 63, "shop", "/home/me/shop/stack.py", True, "ready", 12, 5.0, 250_000_000)
    drawn = screen.table([long], width, plain)
    assert max(map(width_of, drawn)) <= width
    assert "ready" in drawn[1]


def test_a_folder_with_odd_letters_stays_in_its_row() -> None:
    """A line break or a control character in a path is shown escaped, so that a row is a line."""
    odd = Neighbour("odd", "odd", "/home/two\nlines\x1b[31m/stack.py", running=True, state="ready")
    lines = screen.table([odd], None, plain)
    assert len(lines) == 2
    assert lines[1].endswith("/home/two\\nlines\\x1b[31m/stack.py")
