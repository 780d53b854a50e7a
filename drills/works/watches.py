"""Watches: too few of them, events that the kernel drops, and folders that go, come back and change all at once."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from drills import seen
from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.stage import GONE, Stage
from drills.waiting import until
from homeport.client.client import Client

FOLDERS = 60
ENOUGH = 4096
STACK = """
from homeport import Stack

stack = Stack("watching")
show = "cat {0}/*.txt {0}/*/*.txt 2>/dev/null > shown.{0}; exec sleep 1000"
for name in ("one", "two"):
    stack.service(name, run=show.format(name), reload=[f"{name}/**"])
stack.service("lone", run=show.format("lone"), reload=["lone/a.txt"])
stack.service("blind", run="exec sleep 1000")
"""
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


def too_few(stage: Stage) -> Values:
    """Begin with fewer watches than folders; save; look at what is told; raise the limit; look at what is shown."""
    _prepare(stage)
    house = _limited(stage)
    until(lambda: stage.homeport("wait", "--timeout", "20s").returncode == 0, f"not ready: {stage.said()}")
    client = stage.client()
    told = "sudo sysctl fs.inotify.max_user_watches="
    until(lambda: all(told in seen.node(client, name).stale for name in ("one", "two")), "not told")
    insist(not seen.node(client, "blind").stale, "a service without rules is said to miss saves")
    others = _others_go_on(stage, client)
    for words in (("status",), ("why", "one")):
        said = stage.homeport(*words).stdout
        insist(told in said, f"{words[0]} does not say what to do: {said}")
    _save(stage, "one/0/a.txt", "missed")
    _raise_limit(house.pid)
    began = time.monotonic()
    _until_shown(stage, "one", "missed")
    healed = time.monotonic() - began
    until(lambda: not any(seen.node(client, name).stale for name in ("one", "two")), "it is still told")
    latency = _latency(stage)
    house.send_signal(signal.SIGINT)
    house.wait()
    return {"others": others, "healed": healed, "latency": latency, "gone": time_until_gone(stage)}


def _others_go_on(stage: Stage, client: Client) -> float:
    """Save for the service that needs one watch, and the stack file, while others are blind; return the slower's seconds."""
    began = time.monotonic()
    _save(stage, "lone/a.txt", "seen beside the blind")
    _until_shown(stage, "lone", "seen beside the blind")
    slower = time.monotonic() - began
    began = time.monotonic()
    stage.write("stack.py", STACK + 'stack.service("late", run="exec sleep 1000")\n')
    until(lambda: any(node.name == "late" for node in client.status().nodes), "the stack file is not read again")
    slower = max(slower, time.monotonic() - began)
    insist(not client.status().notices, f"notices: {client.status().notices}")
    stale = {name: seen.node(client, name).stale for name in ("one", "two", "lone", "late")}
    insist(bool(stale["one"] and stale["two"]) and not (stale["lone"] or stale["late"]), f"told of others: {stale}")
    return slower


def overflow(stage: Stage) -> Values:
    """Hold the engine while more is saved than the kernel keeps, the last save among what is dropped."""
    _prepare(stage, folders=2)
    house, client = stage.up(), stage.client()
    blind = seen.node(client, "blind").replicas[0].pid
    house.send_signal(signal.SIGSTOP)
    for number in range(int(QUEUE.read_text()) // 2 + 100):
        (stage.folder / "one" / "0" / f"{number}.tmp").touch()
    _save(stage, "two/0/a.txt", "dropped")
    house.send_signal(signal.SIGCONT)
    began = time.monotonic()
    _until_shown(stage, "two", "dropped")
    healed = time.monotonic() - began
    told = "sudo sysctl fs.inotify.max_queued_events="
    until(lambda: all(told in seen.node(client, name).note for name in ("one", "two")), "the loss is not told")
    insist(seen.node(client, "blind").replicas[0].pid == blind, "a service without rules was started again")
    latency = _latency(stage)
    until(lambda: not seen.node(client, "one").note, "the loss is told for ever")
    return {"healed": healed, "latency": latency}


def changing(stage: Stage) -> Values:
    """Remove, rename and replace a watched folder, check another branch out, save by rename; all must be seen."""
    _prepare(stage, folders=2)
    _repository(stage)
    house, client = stage.up(), stage.client()
    trials: list[tuple[str, Callable[[], None]]] = [
        ("removed and made anew", lambda: _anew(stage)),
        ("renamed and back", lambda: _renamed(stage)),
        ("replaced by a link", lambda: _linked(stage)),
        ("a branch of 2,000 files", lambda: _git(stage, "checkout", "-q", "other")),
        ("saved by rename", lambda: _by_rename(stage)),
    ]
    slowest = 0.0
    for round_number, (what, change) in enumerate(trials):
        change()
        text = f"{what} {round_number}"
        slowest = max(slowest, _latency(stage, text))
    until(lambda: _ready(client), "not ready at the end")
    insist(not client.status().notices, f"notices: {client.status().notices}")
    house.send_signal(signal.SIGINT)
    house.wait()
    return {"latency": slowest, "gone": time_until_gone(stage)}


def _anew(stage: Stage) -> None:
    shutil.rmtree(stage.folder / "one")
    _save(stage, "one/0/a.txt", "anew")


def _renamed(stage: Stage) -> None:
    (stage.folder / "one").rename(stage.folder / "away")
    (stage.folder / "away").rename(stage.folder / "one")


def _linked(stage: Stage) -> None:
    (stage.folder / "one").rename(stage.folder / "real")
    (stage.folder / "one").symlink_to("real")


def _by_rename(stage: Stage) -> None:
    _save(stage, "one/0/a.txt~", "by rename")
    (stage.folder / "one/0/a.txt~").rename(stage.folder / "one/0/a.txt")
    _until_shown(stage, "one", "by rename")


def _repository(stage: Stage) -> None:
    (stage.folder / ".git").rmdir()
    _git(stage, "init", "-q", "-b", "main")
    stage.write(".gitignore", "/state\n/cache\n/run\n/shown*\n/out\n")
    _git(stage, "add", ".gitignore", "stack.py")
    _git(stage, "commit", "-q", "-m", "begin")
    _git(stage, "checkout", "-q", "-b", "other")
    for number in range(2000):
        stage.write(f"two/many{number // 100}/{number}.txt", "other\n")
    _git(stage, "add", "two/many*")
    _git(stage, "commit", "-q", "-m", "many")
    _git(stage, "checkout", "-q", "main")


def _git(stage: Stage, *words: str) -> None:
    me = ["-c", "user.name=drill", "-c", "user.email=drill@localhost"]
    subprocess.run(["git", *me, *words], cwd=stage.folder, check=True, capture_output=True)


def _prepare(stage: Stage, folders: int = FOLDERS) -> None:
    for name in ("one", "two"):
        for number in range(folders):
            stage.write(f"{name}/{number}/a.txt", "first")
    stage.write("lone/a.txt", "first")
    stage.write("stack.py", STACK)


def _limited(stage: Stage) -> "subprocess.Popen[bytes]":
    """Start a house in a user namespace, where the limit of watches is its own."""
    limit = f'echo {FOLDERS // 2} > /proc/sys/user/max_inotify_watches && exec "$@"'
    argv = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        limit,
        "sh",
        sys.executable,
        "-P",
        "-m",
        "homeport",
        "up",
    ]
    with open(stage.folder / "out", "ab") as out:
        return subprocess.Popen(
            argv, cwd=stage.folder, env=stage.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )


def _raise_limit(pid: int) -> None:
    more = f"echo {ENOUGH} > /proc/sys/user/max_inotify_watches"
    subprocess.run(["nsenter", f"--target={pid}", "--user", "--preserve-credentials", "sh", "-c", more], check=True)


def _latency(stage: Stage, text: str = "seen at once") -> float:
    """Save for both services and return the seconds until both show it."""
    began = time.monotonic()
    for name in ("one", "two"):
        _save(stage, f"{name}/0/a.txt", f"{text} {name}")
    for name in ("one", "two"):
        _until_shown(stage, name, f"{text} {name}")
    return time.monotonic() - began


def _save(stage: Stage, name: str, text: str) -> None:
    stage.write(name, text)


def _until_shown(stage: Stage, name: str, text: str) -> None:
    shown = stage.folder / f"shown.{name}"
    until(lambda: shown.exists() and text in shown.read_text(errors="replace"), f"{name} never showed {text!r}")


def _ready(client: Client) -> bool:
    return all(node.state == "ready" for node in client.status().nodes)


def _needs() -> str | None:
    argv = ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 1 > /proc/sys/user/max_inotify_watches"]
    trial = subprocess.run(argv, capture_output=True, check=False) if shutil.which("unshare") else None
    return None if trial is not None and trial.returncode == 0 else "no user namespace with limits of its own here"


def _has_inotify() -> str | None:
    return None if QUEUE.exists() else "this system has no inotify"


def _has_git() -> str | None:
    return None if shutil.which("git") else "git is not here"


DRILLS = (
    Drill(
        "too-few-watches",
        "Services whose folders cannot be watched, and only they, say which limit to raise; once it is raised no save was missed",
        too_few,
        (
            Figure("another's save acted on meanwhile", "others", limit=2.0),
            Figure("missed save shown after", "healed", limit=10.0),
            Figure("a save then", "latency", limit=2.0),
            Figure("gone after", "gone", limit=GONE),
        ),
        needs=_needs,
    ),
    Drill(
        "watch-overflow",
        "Events that the kernel dropped are said with the limit to raise, everything watched is read again, none is missed",
        overflow,
        (Figure("dropped save shown after", "healed", limit=5.0), Figure("a save then", "latency", limit=2.0)),
        needs=_has_inotify,
    ),
    Drill(
        "folders-change",
        "Watched folders removed, renamed, replaced by links and changed by git are still watched",
        changing,
        (Figure("slowest save shown after", "latency", limit=5.0), Figure("gone after", "gone", limit=GONE)),
        needs=_has_git,
    ),
)
