"""The guardian is killed: alone, before the engine, together with it."""

import signal
import subprocess
import time

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.seen import pids
from drills.stage import GONE, Stage
from drills.waiting import until
from drills.works import hostile, killed


def alone(stage: Stage) -> Values:
    """Kill the guardian: services live on, it is said, another one comes; then the engine's end takes all along."""
    killed.town(stage)
    house = stage.up()
    before = pids(stage.client().status())
    another, seconds = _kill_guardian(stage, house.pid)
    now = pids(stage.client().status())
    insist(now == before, f"services did not live on: {before}, then {now}")
    notices = stage.client().status().notices
    insist(any("guardian" in notice for notice in notices), f"it is not said: {notices}")
    insist(another == stage.guardian(house.pid), f"{another} is not the guardian below the engine")
    killed.kill(house.pid)
    house.wait()
    return {**killed.gone(stage, 0.0), "another": seconds}


def before_hostile(stage: Stage) -> Values:
    """Kill the guardian of hostile programs, then the engine under another guardian."""
    port = hostile.cast(stage)
    house = stage.start("up")
    hostile.settled(stage)
    _, seconds = _kill_guardian(stage, house.pid)
    killed.kill(house.pid)
    house.wait()
    return {"seconds": time_until_gone(stage, [port]), "another": seconds}


def again_and_again(stage: Stage) -> Values:
    """Kill each guardian as soon as it is there, and end politely."""
    killed.town(stage)
    house = stage.up()
    before = pids(stage.client().status())
    longest = max(_kill_guardian(stage, house.pid)[1] for _ in range(3))
    now = pids(stage.client().status())
    insist(now == before, f"services did not live on: {before}, then {now}")
    house.send_signal(signal.SIGTERM)
    insist(house.wait() == 143, f"the engine ended with {house.returncode}")
    return {**killed.gone(stage, 0.0), "another": longest}


def with_engine(stage: Stage) -> Values:
    """Kill both at once; the next `up` reaps before it starts anything."""
    killed.town(stage)
    old = _both_die(stage, stage.up())
    began = time.monotonic()
    house = stage.start("up")
    until(lambda: _answers(stage, house.pid), f"the next up cannot be reached: {stage.said()}")
    done = stage.homeport("wait", "--timeout", "30s")
    insist(done.returncode == 0, f"the next up did not become ready: {done.stdout}{done.stderr}{stage.said()}")
    seconds = time.monotonic() - began
    left = [pid for pid in old if _alive(pid)]
    insist(not left, f"the next up left {left} of {sorted(old)}")
    killed.insist_on_single_copies(stage)
    killed.kill(house.pid)
    house.wait()
    return {**killed.gone(stage, 0.0), "ready": seconds}


def with_engine_hostile(stage: Stage) -> Values:
    """Kill both at once over hostile programs: what carries no mark at all is known by the ledger, seconds after it began."""
    port = hostile.cast(stage)
    house = stage.start("up")
    hostile.settled(stage)
    until(lambda: stage.noted() <= _in_ledger(stage), "the ledger never knew all daemons")
    old = _both_die(stage, house)
    (stage.folder / "playing").unlink()
    began = time.monotonic()
    house = stage.start("up")
    hostile.settled(stage)
    seconds = time.monotonic() - began
    left = [pid for pid in old if _alive(pid)]
    insist(not left, f"the next up left {left} of {sorted(old)}: {stage.left()}")
    killed.kill(house.pid)
    house.wait()
    return {"seconds": time_until_gone(stage, [port]), "ready": seconds}


def _in_ledger(stage: Stage) -> set[int]:
    """Return the process ids that the running house noted down."""
    lines = [line.split() for file in stage.folder.glob("state/homeport/instances/*/runs/*") for line in file.open()]
    return {int(words[1]) for words in lines if words[0] == "began"}


def down(stage: Stage) -> Values:
    """Kill both at once, or the engine alone: `down` says so and ends what is left before it returns."""
    killed.town(stage)
    house = stage.up()
    old = {pid for pid in _everyone(stage) if pid != house.pid}
    if stage.chance.random() < 0.3:
        killed.kill(house.pid)
        house.wait()
    else:
        _both_die(stage, house)
    began = time.monotonic()
    done = stage.homeport("down")
    took = time.monotonic() - began
    left = [pid for pid in old if _alive(pid)]
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    insist(not left, f"down left {left}: {stage.left()}")
    insist("was killed" in done.stdout, f"down does not say what was: {done.stdout}")
    again = stage.homeport("down")
    insist("nothing runs here" in again.stdout, f"a second down says: {again.stdout}{again.stderr}")
    return {**killed.gone(stage, 0.0), "ended": took}


def doctor(stage: Stage) -> Values:
    """Kill both at once; ``doctor`` names what is left, and ``doctor --fix`` ends it."""
    killed.town(stage)
    old = _both_die(stage, stage.up())
    said = stage.homeport("doctor")
    mains = {int(word) for word in (stage.folder / "mains").read_text().split()}
    unnamed = [pid for pid in mains if _alive(pid) and str(pid) not in said.stdout]
    insist(said.returncode == 1, f"doctor ended with {said.returncode}: {said.stdout}{said.stderr}")
    insist(not unnamed, f"doctor names everything but {unnamed}: {said.stdout}")
    began = time.monotonic()
    done = stage.homeport("doctor", "--fix")
    insist(done.returncode == 0, f"doctor --fix ended with {done.returncode}: {done.stdout}{done.stderr}")
    took = time.monotonic() - began
    left = [pid for pid in old if _alive(pid)]
    insist(not left, f"doctor --fix left {left}: {stage.left()}")
    return {**killed.gone(stage, 0.0), "fixed": took}


def _both_die(stage: Stage, house: "subprocess.Popen[bytes]") -> set[int]:
    """Kill engine and guardian at the same instant, in any order; return who lived below them."""
    guardian = stage.guardian(house.pid)
    old = {pid for pid in _everyone(stage) if pid not in (house.pid, guardian)}
    insist(len(old) > 3, f"too few services to begin with: {stage.left()}")
    victims = [guardian, house.pid]
    stage.chance.shuffle(victims)
    if stage.chance.random() < 0.5:
        subprocess.run(["kill", "-9", *map(str, victims)], check=True)
    else:
        for victim in victims:
            killed.kill(victim)
    house.wait()
    until(lambda: not _alive(guardian), "the guardian never ended")
    return old


def _kill_guardian(stage: Stage, engine: int) -> tuple[int, float]:
    """Kill a guardian; return its successor and the seconds until that was there and known."""
    guardian = stage.guardian(engine)
    began = time.monotonic()
    killed.kill(guardian)
    until(lambda: not _alive(guardian), "the guardian never ended")
    another = until(lambda: _said_successor(stage, guardian), "no other guardian was told")
    return another, time.monotonic() - began


def _said_successor(stage: Stage, guardian: int) -> int | None:
    """Return the guardian that the last notice names, unless it is the killed one."""
    for notice in reversed(stage.client().status().notices):
        if "(pid " in notice:
            pid = int(notice.partition("(pid ")[2].partition(")")[0])
            return pid if pid != guardian and _alive(pid) else None
    return None


def _answers(stage: Stage, pid: int) -> bool:
    """Whether the house of this process can be reached: the socket of the dead one may still lie there."""
    try:
        return stage.client().status().pid == pid
    except OSError:
        return False


def _everyone(stage: Stage) -> set[int]:
    return {int(described.partition(" ")[0]) for described in stage.left()}


def _alive(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


_GONE = Figure("gone after", "seconds", limit=GONE)
_ANOTHER = Figure("another guardian after", "another", limit=GONE)
_READY = Figure("ready again after", "ready")

DRILLS = (
    Drill("guardian", "Services outlive the guardian; another one takes over and it is said", alone, (_ANOTHER, _GONE)),
    Drill(
        "guardian-again",
        "Three guardians killed in a row cost nobody anything",
        again_and_again,
        (_ANOTHER, _GONE),
    ),
    Drill(
        "guardian-hostile",
        "Another guardian ends hostile programs of the former one",
        before_hostile,
        (_ANOTHER, _GONE),
        10,
    ),
    Drill(
        "guardian-and-engine",
        "Both killed at once: the next `up` ends what is left before it starts anything",
        with_engine,
        (_READY, _GONE),
        20,
    ),
    Drill(
        "guardian-and-engine-hostile",
        "The same over hostile programs",
        with_engine_hostile,
        (_READY, _GONE),
        10,
    ),
    Drill(
        "guardian-down",
        "After a crash `down` ends what is left, too",
        down,
        (Figure("ended after", "ended", limit=GONE + 1.0), _GONE),
        10,
        1,
    ),
    Drill(
        "guardian-doctor",
        "Both killed at once: `doctor` names what is left and `doctor --fix` ends it",
        doctor,
        (Figure("fixed after", "fixed"), _GONE),
        5,
        0,
    ),
)
