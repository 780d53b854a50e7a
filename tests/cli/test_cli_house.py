"""Real houses of real processes: started, watched, signalled and ended as people do it."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import pytest

from homeport.cli import exits

STACK = """\
from homeport import Stack, stop

stack = Stack("yard")
stack.service("gate", run="echo open; exec sleep 1000")
stack.service("mule", run="trap '' TERM; echo stubborn; while :; do sleep 0.1; done", starts=False, stop=stop(grace="60s"))
stack.task("count", run="echo one; echo two")
stack.task("fall", run="echo ouch; exit 3", manual=True)
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment of its own, with a runtime folder whose path is short enough for sockets."""
    runtime = tempfile.mkdtemp(prefix="hp")
    yield {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_RUNTIME_DIR": runtime,
    }
    shutil.rmtree(runtime)


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    """A folder with a stack."""
    folder = tmp_path / "yard"
    folder.mkdir()
    (folder / "stack.py").write_text(STACK)
    return folder


@pytest.fixture
def run(yard: Path, environ: Mapping[str, str]) -> Iterator[Run]:
    """Run `homeport WORDS…` to its end; whatever house is left over is killed afterwards."""

    def go(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-P", "-m", "homeport", *words]
        return subprocess.run(command, cwd=yard, env={**environ, **more}, text=True, capture_output=True, check=False)

    yield go
    go("down", "--kill")


@pytest.fixture
def begin(yard: Path, environ: Mapping[str, str], run: Run) -> Iterator[Begin]:
    """Begin `homeport WORDS…`, with its output to be read."""
    begun: list[subprocess.Popen[str]] = []

    def go(*words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-P", "-m", "homeport", *words]
        begun.append(
            subprocess.Popen(
                command, cwd=yard, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=1
            )
        )
        return begun[-1]

    yield go
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until(stream: "IO[str] | None", said: str) -> list[str]:
    """Read lines until one holds ``said``; return them all."""
    assert stream is not None
    lines: list[str] = []
    for line in stream:
        lines.append(line.rstrip("\n"))
        if said in line:
            return lines
    raise AssertionError(f"{said!r} was never said:\n" + "\n".join(lines))


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=str,
)
def test_a_signal_ends_a_foreground_house_politely(begin: Begin, run: Run, number: signal.Signals, code: int) -> None:
    """The first lines say the instance and what Ctrl-C does; the last one says what stays; the code says the signal."""
    house = begin("up")
    lines = until(house.stdout, "gate is ready")
    assert lines[0].startswith("yard  ")
    assert "Ctrl-C stops everything politely" in lines[1]
    house.send_signal(number)
    rest, _ = house.communicate()
    assert house.returncode == code
    assert "gate is stopped" in rest
    assert "Data and logs stay" in rest
    assert run("status").returncode == exits.NOT_RUNNING


def test_a_second_signal_kills(begin: Begin, run: Run) -> None:
    """A program that ignores SIGTERM is waited for by name, and the second Ctrl-C ends it at once."""
    house = begin("up", "mule")
    until(house.stdout, "mule | stubborn")
    house.send_signal(signal.SIGINT)
    assert "s left; Ctrl-C again to kill" in until(house.stdout, "Waiting for mule")[-1]
    house.send_signal(signal.SIGINT)
    rest, _ = house.communicate()
    assert "Killing what is left." in rest
    assert house.returncode == 130


def test_a_detached_house_runs_on_and_is_ended_from_elsewhere(run: Run) -> None:
    """`up -d` returns when all is ready, with the table; every command finds the house; `down` ends it."""
    up = run("up", "-d")
    assert (up.returncode, up.stderr) == (exits.OK, "")
    assert "gate   ready" in up.stdout
    frame = json.loads(run("status", "--json").stdout)
    assert {node["name"]: node["state"] for node in frame["nodes"]} == {
        "gate": "ready", "mule": "stopped", "count": "completed", "fall": "stopped",
    }  # fmt: skip
    assert run("logs", "count").stdout == "count | one\ncount | two\n"
    assert run("ps").stdout.splitlines()[1].startswith("yard  ready")
    assert run("wait", "gate").returncode == exits.OK
    assert run("exec", "gate", "--", "pwd").returncode == exits.OK
    run("trigger", "fall")
    assert run("wait", "fall", "--for", "completed").returncode == exits.FAILED
    assert run("why", "fall").stdout.splitlines()[-2:] == ["last lines of fall:", "  ouch"]
    assert run("down", "--data").returncode == exits.OK
    assert run("down").stdout == "nothing runs here\n"


def test_a_second_up_attaches_and_detaches(run: Run, begin: Begin) -> None:
    """New names join, the end of the viewer leaves the house alone, and it says so."""
    assert run("up", "-d", "gate").returncode == exits.OK
    viewer = begin("up", "mule")
    assert until(viewer.stdout, "mule | stubborn")[0] == "yard runs already: attached"
    viewer.send_signal(signal.SIGINT)
    rest, _ = viewer.communicate()
    assert viewer.returncode == exits.OK
    assert "Detached: everything runs on." in rest
    assert run("wait", "gate", "mule").returncode == exits.OK


def test_a_viewer_sees_the_house_end(run: Run, begin: Begin) -> None:
    """Whoever is attached when `down` comes from elsewhere is told."""
    assert run("up", "-d", "gate").returncode == exits.OK
    viewer = begin("up")
    until(viewer.stdout, "gate is ready")
    assert run("down").returncode == exits.OK
    rest, _ = viewer.communicate()
    assert "yard has ended" in rest
    assert viewer.returncode == exits.OK


def test_ci_runs_a_command_against_the_healthy_stack(run: Run, tmp_path: Path) -> None:
    """The command sees the house by HOMEPORT_SOCKET; its code is ci's; reports are written; nothing is left."""
    command = [sys.executable, "-P", "-m", "homeport", "status", "--json", "gate"]
    told = run("ci", "gate", "--report", str(tmp_path / "report"), "--", *command)
    assert told.returncode == exits.OK
    frame = json.loads(next(line for line in told.stdout.splitlines() if line.startswith("{")))
    assert [node["state"] for node in frame["nodes"]] == ["ready"]
    report = json.loads((tmp_path / "report" / "homeport.json").read_text())
    assert (report["outcome"], report["exit"]) == ("passed", 0)
    assert (tmp_path / "report" / "homeport.xml").is_file()
    assert run("status").returncode == exits.NOT_RUNNING
    assert run("ci", "gate", "--", "sh", "-c", "exit 9").returncode == 9


def test_ci_fails_with_the_cause(run: Run, yard: Path, tmp_path: Path) -> None:
    """The verdict names what failed and shows its last lines."""
    (yard / "stack.py").write_text(
        STACK.replace(", manual=True", "") + 'stack.service("roof", run="sleep 9", needs=["fall"])\n'
    )
    told = run("ci", "--report", str(tmp_path))
    assert told.returncode == exits.FAILED
    at = told.stdout.splitlines().index("failed: fall is failed: exit code 3")
    assert told.stdout.splitlines()[at + 1 : at + 3] == ["  last lines of fall:", "    ouch"]
    assert json.loads((tmp_path / "homeport.json").read_text())["cause"] == "fall"


def test_ci_reports_on_a_time_out(run: Run, yard: Path, tmp_path: Path) -> None:
    """A limit that passes is a verdict with a report like any other."""
    (yard / "stack.py").write_text(STACK + 'stack.task("slow", run="sleep 100")\n')
    told = run("ci", "--timeout", "0.3s", "--report", str(tmp_path), "--json")
    assert told.returncode == exits.TIMED_OUT
    assert json.loads(told.stdout)["outcome"] == "timeout"
    assert json.loads((tmp_path / "homeport.json").read_text())["outcome"] == "timeout"


def test_ci_can_leave_the_house_running(run: Run) -> None:
    """--keep: the verdict comes, the house stays."""
    assert run("ci", "gate", "--keep").returncode == exits.OK
    assert run("wait", "gate").returncode == exits.OK


@pytest.mark.parametrize("words", [["up"], ["up", "-d"], ["ci"]])
def test_a_broken_file_is_told_with_its_line(run: Run, yard: Path, words: list[str]) -> None:
    """The same error whichever way a house is started; nothing runs afterwards."""
    (yard / "stack.py").write_text("stack = = 1\n")
    told = run(*words)
    assert told.returncode == exits.REFUSED
    assert "error: SyntaxError: invalid syntax" in told.stderr
    assert "stack.py:1" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["up", "gaet"], "gaet"),
        (["up", "-d", "gaet"], "gaet"),
        (["ci", "gaet"], "gaet"),
        (["up", "--set", "size=3"], "size"),
    ],
)
def test_an_unknown_name_starts_nothing(run: Run, words: list[str], said: str) -> None:
    """A misspelt name or option is refused before anything starts."""
    told = run(*words)
    assert told.returncode == exits.REFUSED
    assert said in told.stderr
    assert run("status").returncode == exits.NOT_RUNNING


def test_on_a_terminal_a_table_is_drawn_and_ctrl_c_is_heard(yard: Path, environ: Mapping[str, str], run: Run) -> None:
    """The terminal gets the live table; the byte that Ctrl-C sends ends the house."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(yard)
        os.execve(
            sys.executable,
            [sys.executable, "-P", "-m", "homeport", "up"],
            {**environ, "TERM": "xterm", "COLUMNS": "80"},
        )
    shown = b""
    pressed = False
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break  # the other end is closed
        shown += chunk
        if not pressed and b"\x1b[32mready" in shown:
            pressed = True
            os.write(terminal, b"\x03")
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"NAME   STATE" in shown
    assert b"\x1b[?2026h" in shown


def test_the_sample_is_copied_once_and_never_over_something(run: Run, yard: Path) -> None:
    """`demo` names the folder, uses it again, and refuses one that is somebody's."""
    assert run("demo", "sample", "--no-up").stdout == f"the sample is in {yard / 'sample'}\n"
    assert run("demo", "sample", "--no-up").stdout == f"using the sample in {yard / 'sample'}\n"
    refused = run("demo", str(yard), "--no-up")
    assert refused.returncode == exits.REFUSED
    assert "is not empty" in refused.stderr


def test_init_never_overwrites(run: Run, yard: Path) -> None:
    """A stack file that is there stays as it is."""
    told = run("init")
    assert told.returncode == exits.REFUSED
    assert "exists already" in told.stderr
    assert (yard / "stack.py").read_text() == STACK


@pytest.mark.parametrize("asked", [("wait", "late"), ("up", "-d", "late")])
def test_who_asks_right_after_a_save_is_told_of_what_was_saved(run: Run, yard: Path, asked: tuple[str, ...]) -> None:
    """A service that was written a moment ago is known to the next command."""
    assert run("up", "-d").returncode == 0
    (yard / "stack.py").write_text(STACK + 'stack.service("late", run="exec sleep 1000")\n')
    done = run(*asked)
    assert (done.returncode, done.stderr) == (0, "")


def test_up_waits_for_a_house_that_is_ending(begin: Begin, run: Run) -> None:
    """It says so, and opens another one once that is gone: nobody joins what is about to end."""
    assert run("up", "-d", "mule").returncode == exits.OK
    old = json.loads(run("status", "--json").stdout)["pid"]
    down = begin("down")
    until(down.stdout, "Waiting for mule")
    up = begin("up", "gate")
    assert "yard is ending" in until(up.stdout, "is ending")[-1]
    assert run("down", "--kill").returncode == exits.OK
    until(up.stdout, "gate is ready")
    assert json.loads(run("status", "--json").stdout)["pid"] != old
