"""Ctrl-C, closed terminals, second houses, and what a killed house leaves lying about."""

import json
import os
import shlex
import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.seen import frame, pids
from drills.stage import GONE, Stage
from drills.terminal import CTRL_C, Terminal
from drills.waiting import until
from drills.works import hostile, killed

SLOW = """
from homeport import Stack, stop

stack = Stack("slow")
stack.service("quick", run=["sleep", "1000"])
stack.service("slow", run="trap '' TERM; echo it hears nothing; while :; do sleep 1; done", stop=stop(grace="3s"))
"""
PROGRESS = r"[Ww]aiting for slow, [123] s left.*Ctrl-C again to kill"
STAYS = r"[Dd]ata and logs stay"


def once(stage: Stage) -> Values:
    """One Ctrl-C: progress, the grace of the slow one, a line about what stays, code 130."""
    with closing(_slow(stage)) as screen:
        began = time.monotonic()
        screen.press(CTRL_C)
        screen.until(PROGRESS, limit=2.0)
        said = time.monotonic() - began
        code = screen.ended()
        took = time.monotonic() - began
        insist(code == 130, f"the exit code was {code}")
        insist(took >= 2.9, f"the slow one had {took:.1f} s instead of its three")
        screen.until(STAYS)
        time_until_gone(stage, limit=0.5)
        return {"seconds": took, "said": said}


def twice(stage: Stage) -> Values:
    """Two: killed now, code 130 all the same; the second one comes at any moment after the first."""
    with closing(_slow(stage)) as screen:
        screen.press(CTRL_C)
        time.sleep(stage.chance.uniform(0, 1.0))
        began = time.monotonic()
        screen.press(CTRL_C)
        code = screen.ended()
        took = time.monotonic() - began
        insist(code == 130, f"the exit code was {code}:\n{screen.said[-500:]}")
        screen.until("[Kk]illing")
        screen.until(STAYS)
        time_until_gone(stage, limit=0.5)
        return {"seconds": took}


def early(stage: Stage) -> Values:
    """One Ctrl-C at any moment of the start: code 130, and no traceback."""
    killed.town(stage)
    at = stage.chance.uniform(0.05, killed.span() * 1.2)
    with closing(hostile.terminal(stage, "up")) as screen:
        time.sleep(at)
        began = time.monotonic()
        screen.press(CTRL_C)
        code = screen.ended()
        insist(code in (130, -signal.SIGINT), f"the exit code was {code}:\n{screen.said[-2000:]}")
        insist("Traceback" not in screen.said, f"a traceback was shown:\n{screen.said[-2000:]}")
        time_until_gone(stage, killed.ports(stage), limit=GONE - (time.monotonic() - began))
        return {"seconds": time.monotonic() - began, "at": at}


def closed(stage: Stage) -> Values:
    """Close the window: a polite end with code 129, and nothing is left."""
    killed.town(stage)
    with closing(hostile.terminal(stage, "up")) as screen:
        screen.until("s2 .*ready")
        began = time.monotonic()
        code = screen.hang_up()
        insist(code == 129, f"the exit code was {code}")
        time_until_gone(stage, killed.ports(stage), limit=GONE - (time.monotonic() - began))
        return {"seconds": time.monotonic() - began}


def outlives(stage: Stage) -> Values:
    """A house of `up -d` outlives its terminal and session; `down` from another folder ends it."""
    killed.town(stage)
    words = stage.command("up", "-d")
    with closing(Terminal(["sh", "-c", f"{shlex.join(words)}; exec sleep 1000"], stage.folder, stage.environ)) as shell:
        shell.until("deaf +ready|s2 +ready")
        before = pids(until(lambda: frame(stage), "no house answers"))
        shell.hang_up()
    until(lambda: not psutil.pid_exists(shell.pid) or not shell.pid, "the shell lives on")
    now = pids(until(lambda: frame(stage), "no house answers any more"))
    insist(now == before, f"services ended with the terminal: {before}, then {now}")
    elsewhere = stage.folder / "elsewhere"
    elsewhere.mkdir()
    began = time.monotonic()
    done = stage.homeport("--instance", "killed", "down", cwd=elsewhere)
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    insist("has ended" in done.stdout, f"down does not say that it ended: {done.stdout}")
    time_until_gone(stage, killed.ports(stage), limit=GONE - (time.monotonic() - began))
    return {"seconds": time.monotonic() - began}


def five(stage: Stage) -> Values:
    """Five `up` at once, detached and attached: one house, and everybody joins it."""
    killed.town(stage)
    return _joined(stage)


def five_after_crash(stage: Stage) -> Values:
    """The same when engine and guardian of an earlier house were killed: one of the five ends what is left, all wait."""
    killed.town(stage)
    house = stage.up()
    guardian = stage.guardian(house.pid)
    killed.kill(guardian)
    killed.kill(house.pid)
    house.wait()
    return _joined(stage)


def after_down(stage: Stage) -> Values:
    """`up` while the house still ends: it waits for that, says so, and opens another one."""
    stage.write("stack.py", SLOW)
    old = stage.up()
    down = stage.start("down")
    until(lambda: (told := frame(stage)) is not None and told.closing, "the house never began to end")
    began = time.monotonic()
    done = stage.homeport("up", "-d", "--json")
    insist(done.returncode == 0, f"up -d ended with {done.returncode}: {done.stdout}{done.stderr}")
    took = time.monotonic() - began
    insist("slow is ending" in done.stderr, f"it does not say what it waits for: {done.stderr}")
    insist(json.loads(done.stdout)["pid"] != old.pid, "it joined the house that was ending")
    insist(down.wait() == 0 and old.wait() == 0, f"down: {down.returncode}, the old house: {old.returncode}")
    done = stage.homeport("down", "--kill")
    time_until_gone(stage)
    return {"ready": took}


def _joined(stage: Stage) -> Values:
    """Start five at once; insist on one house that all of them join; end it."""
    detached = [stage.start("up", "-d") for _ in range(3)]
    attached = [stage.start("up") for _ in range(2)]
    codes = [process.wait() for process in detached]
    insist(codes == [0, 0, 0], f"up -d ended with {codes}: {stage.said()[-2000:]}")
    until(lambda: frame(stage), "no house answers")
    until(lambda: len(_guardians(stage)) == 1, f"there is not one guardian but {_guardians(stage)}", limit=5.0)
    killed.insist_on_single_copies(stage)
    ended = [process.pid for process in attached if process.poll() is not None]
    insist(not ended, f"who attached has ended: {stage.said()[-2000:]}")
    began = time.monotonic()
    done = stage.homeport("down")
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    codes = [process.wait() for process in attached]
    insist(codes == [0, 0], f"who attached ended with {codes}")
    time_until_gone(stage, killed.ports(stage), limit=GONE - (time.monotonic() - began))
    return {"seconds": time.monotonic() - began}


def stale(stage: Stage) -> Values:
    """What a killed house leaves lying about hinders no command: a socket, a note of who runs."""
    killed.town(stage)
    house = stage.up()
    path = Path(stage.client().ask("status")["frame"].get("socket") or _note(stage)["socket"])
    killed.kill(house.pid)
    house.wait()
    seconds = time_until_gone(stage, killed.ports(stage))
    insist(path.exists(), "the killed house left no socket: this drill shows nothing")
    _play_dead(stage, path)
    for words, code in ((("status",), 4), (("ps",), 0), (("down",), 0), (("logs",), 0), (("doctor",), 0)):
        done = stage.homeport(*words, limit=20)
        said = done.stdout + done.stderr
        insist(done.returncode == code, f"{words[0]} ended with {done.returncode} instead of {code}: {said}")
        insist("Traceback" not in said, said)
    began = time.monotonic()
    done = stage.homeport("up", "-d")
    insist(done.returncode == 0, f"up -d ended with {done.returncode}: {done.stdout}{done.stderr}")
    ready = time.monotonic() - began
    done = stage.homeport("down")
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    time_until_gone(stage, killed.ports(stage))
    return {"seconds": seconds, "ready": ready}


def _play_dead(stage: Stage, path: Path) -> None:
    """Make what was left worse, by chance: a number that means somebody else now, a file cut short, another file."""
    note = stage.folder / "state/homeport/instances/killed/house.json"
    match stage.chance.randrange(4):
        case 0:
            note.write_text(json.dumps({**_note(stage), "pid": os.getpid()}))
        case 1:
            note.write_bytes(note.read_bytes()[:20])
        case 2:
            path.unlink()
            with socket.socket(socket.AF_UNIX) as nobody:
                nobody.bind(str(path))
        case _:
            path.unlink()


def _slow(stage: Stage) -> Terminal:
    stage.write("stack.py", SLOW)
    screen = hostile.terminal(stage, "up")
    screen.until("slow .*hears nothing")
    return screen


def _note(stage: Stage) -> dict[str, Any]:
    return dict(json.loads((stage.folder / "state/homeport/instances/killed/house.json").read_text()))


def _guardians(stage: Stage) -> list[str]:
    return [line for line in stage.left() if "guardian/start.py" in line]


_ENDED = Figure("ended after", "seconds", limit=GONE)

DRILLS = (
    Drill(
        "ctrl-c",
        "One Ctrl-C ends politely, says who is waited for and what stays; code 130",
        once,
        (Figure("said after", "said", limit=1.0), _ENDED),
    ),
    Drill(
        "ctrl-c-twice",
        "A second Ctrl-C at any moment kills now; nothing is left; code 130",
        twice,
        (Figure("ended after", "seconds", limit=2.0),),
        20,
        2,
    ),
    Drill(
        "ctrl-c-early",
        "One Ctrl-C at a random moment of the start leaves nothing",
        early,
        (_ENDED, Figure("pressed at", "at")),
        20,
        2,
    ),
    Drill("terminal-closed", "A closed terminal leaves nothing; code 129", closed, (_ENDED,)),
    Drill("terminal-outlived", "`up -d` outlives its terminal, and `down` from elsewhere ends it", outlives, (_ENDED,)),
    Drill("second-house", "Five `up` of one instance at once make one house", five, (_ENDED,), 10, 1),
    Drill(
        "second-house-crash",
        "The same after a crash that left everything running",
        five_after_crash,
        (_ENDED,),
        5,
        1,
    ),
    Drill(
        "up-after-down",
        "`up` waits for a house that is ending and opens another one",
        after_down,
        (Figure("ready after", "ready"),),
        3,
        1,
    ),
    Drill(
        "stale",
        "A stale socket and a stale note of who runs hinder no command",
        stale,
        (Figure("ready again after", "ready"), Figure("gone after", "seconds", limit=GONE)),
        12,
        1,
    ),
)
