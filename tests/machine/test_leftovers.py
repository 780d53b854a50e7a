"""What a killed house left is found by lease and by mark, and ended; nobody else is."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.machine.after.ledger import DiskLedger, accounts
from homeport.machine.after.leftovers import MARK, leftovers, mark_prefix
from homeport.machine.after.reaping import reap, tidy
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import Running
from homeport.machine.instances.registry import Instances
from homeport.machine.liveness import birth_of

DEAD = "house 1 of-another-boot/7\n"
HOUSE = uuid.uuid4().hex
"""The house that died: other runs of these tests, at the same time, have others."""

BRIEF = {"PATH": os.environ["PATH"]}


class Street:
    """Starts processes as a house does, and collects them."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *argv: str, mark: str = "", wait_for: bytes = b"") -> subprocess.Popen[bytes]:
        env = {**BRIEF, **({MARK: mark} if mark else {})}
        process = subprocess.Popen(argv, env=env, start_new_session=True, stdout=subprocess.PIPE)
        self.processes.append(process)
        if wait_for:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == wait_for
        return process

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def street() -> Iterator[Street]:
    made = Street()
    yield made
    made.close()


def note(folder: Path, house: str, text: str) -> Path:
    """Write what a dead house noted down."""
    (folder / "runs").mkdir(exist_ok=True)
    file = folder / "runs" / house
    file.write_text(DEAD + text)
    return file


def began(process: subprocess.Popen[bytes], stop: int = signal.SIGTERM) -> str:
    return f"began {process.pid} {birth_of(process.pid)} {int(stop)}\n"


def test_a_noted_process_is_ended(tmp_path: Path, street: Street) -> None:
    """A process with the noted number and birth is asked by its own signal, and the note goes."""
    text = "import signal, sys; signal.signal(10, lambda *_: sys.exit(7)); print('on', flush=True); signal.pause()"
    process = street.start(sys.executable, "-c", text, wait_for=b"on")
    file = note(tmp_path, HOUSE, began(process, signal.SIGUSR1))
    said: list[str] = []
    reaped = reap(tmp_path, "shop", said.append)
    assert [one.pid for one in reaped] == [process.pid]
    assert not file.exists()
    assert f"process {process.pid}" in said[0]


def test_a_reused_number_is_never_touched(tmp_path: Path, street: Street) -> None:
    """Where number and birth do not belong together, the process is somebody else's."""
    process = street.start("sleep", "1000")
    birth = birth_of(process.pid) or ""
    note(tmp_path, HOUSE, f"began {process.pid} {birth[:-1]}0x 15\n")
    assert reap(tmp_path, "shop", lambda _: None) == []
    assert process.poll() is None


def test_a_marked_process_is_ended(tmp_path: Path, street: Street) -> None:
    """Who carries the mark of the dead house is ended, wherever it went; marks of others protect them."""
    ours = street.start("sleep", "1000", mark=mark_prefix("shop", HOUSE) + "api/3")
    others = [
        street.start("sleep", "1000", mark=mark_prefix("shop", uuid.uuid4().hex) + "api/3"),
        street.start("sleep", "1000", mark=mark_prefix("shop-2", HOUSE) + "api/3"),
        street.start("sleep", "1000"),
    ]
    note(tmp_path, HOUSE, "")
    assert [(one.pid, one.place) for one in leftovers(tmp_path, "shop")] == [(ours.pid, "api")]
    reap(tmp_path, "shop", lambda _: None)
    assert [process.poll() for process in others] == [None, None, None]


def test_a_family_is_ended(tmp_path: Path, street: Street) -> None:
    """Members of a noted process's session and everything below it go with it, without any mark."""
    text = "sleep 1000 & setsid sleep 1000 & echo on; wait"
    process = street.start("sh", "-c", text, wait_for=b"on")
    note(tmp_path, HOUSE, began(process))
    assert len(leftovers(tmp_path, "shop")) == 3
    assert len(reap(tmp_path, "shop", lambda _: None)) == 3
    assert leftovers(tmp_path, "shop") == []


def test_who_ignores_the_signal_is_killed(tmp_path: Path, street: Street) -> None:
    """After its grace a process that does not listen is killed."""
    process = street.start(
        "sh", "-c", "trap '' TERM; echo on; while :; do read _ </dev/tty || sleep 60; done", wait_for=b"on"
    )
    note(tmp_path, HOUSE, began(process))
    assert process.pid in [one.pid for one in reap(tmp_path, "shop", lambda _: None)]


def test_a_living_house_is_left_alone(tmp_path: Path, street: Street) -> None:
    """What a house noted that still lives is nobody's leftover, and its note stays."""
    process = street.start("sleep", "1000")
    ledger = DiskLedger(tmp_path, HOUSE, pytest.fail)
    ledger.began(process.pid, signal.SIGTERM)
    assert leftovers(tmp_path, "shop") == []
    assert reap(tmp_path, "shop", lambda _: None) == []
    ledger.ended(process.pid)
    ledger.close()
    assert list(accounts(tmp_path)) == []


def test_a_note_holds_what_still_runs(tmp_path: Path, street: Street) -> None:
    """A file tells the last guardian and the commands that have not ended, also after it was written anew."""
    one, two = street.start("sleep", "1000"), street.start("sleep", "1000")
    ledger = DiskLedger(tmp_path, HOUSE, pytest.fail)
    ledger.guarded(one.pid)
    ledger.began(two.pid, signal.SIGINT)
    for _ in range(5000):
        ledger.began(one.pid, signal.SIGTERM)
        ledger.ended(one.pid)
    ledger.close()  # something lives on: the file stays
    file = tmp_path / "runs" / HOUSE
    assert file.stat().st_size < 300_000
    lines = file.read_text().splitlines()
    file.write_text("\n".join([DEAD.strip(), *lines[1:], "began 12"]))
    [account] = accounts(tmp_path)
    assert account.guardian is not None
    assert account.guardian.pid == one.pid
    assert [(noted.pid, noted.stop) for noted in account.runs] == [(two.pid, signal.SIGINT)]


def test_a_full_disk_hinders_no_start(tmp_path: Path) -> None:
    """When nothing can be noted down, that is said once, and nothing is raised."""
    (tmp_path / "runs").write_text("a file where a folder should be")
    said: list[str] = []
    ledger = DiskLedger(tmp_path, HOUSE, said.append)
    ledger.began(os.getpid(), signal.SIGTERM)
    ledger.guarded(os.getpid())
    ledger.close()
    assert len(said) == 1
    assert "cannot be noted down" in said[0]


def test_whoever_tidies_says_so(tmp_path: Path, street: Street) -> None:
    """Who wants the instance meanwhile learns which process holds it, and that no house is opened there."""
    (tmp_path / "stack.py").write_text("")
    folders = Folders(tmp_path / "state", tmp_path / "cache", temporary=tmp_path)
    instance = Instances(folders).resolve("shop", tmp_path / "stack.py")
    instance.folder.mkdir(parents=True, exist_ok=True)
    note(instance.folder, HOUSE, began(street.start("sleep", "1000")))
    met: list[object] = []
    tidy(instance, lambda _: met.append(instance.claim(7.0)))
    [holder] = met
    assert isinstance(holder, Running)
    assert (holder.pid, holder.socket) == (os.getpid(), "")
    assert instance.running() is None


def test_whoever_reaps_is_spared(tmp_path: Path) -> None:
    """A note about this very process is a note about nobody: whoever reaps never ends itself or its parents."""
    note(tmp_path, HOUSE, f"began {os.getpid()} {birth_of(os.getpid())} 15\n")
    assert reap(tmp_path, "shop", lambda _: None) == []
