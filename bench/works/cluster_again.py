"""Fifty services that are on the cluster already: the second ``up``, and what the house costs while nothing happens."""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.cluster import counted, fifty, namespace, pods, running
from bench.place import Place
from bench.processes import family, seconds, shared
from bench.work import Row, Values, Work

SETTLE = 5.0
LOOK, QUICK = 60.0, 10.0


def again(place: Place) -> Values:
    """Bring fifty services, leave them, and come back: how long that takes, and what being there costs."""
    with namespace(place) as name:
        fifty(place, name)
        with running(place):
            pass
        before = pods(place, name)
        began = time.perf_counter()
        place.run(place.homeport, "up", "-d", "--on", "kubernetes")
        took = time.perf_counter() - began
        if pods(place, name) != before:
            raise RuntimeError("pods were replaced or restarted")
        _left(place)
        idle = _idle(place)
        place.run(place.homeport, "down", check=False)
        return {"seconds": took, **idle}


def _left(place: Place) -> None:
    """End a detached house as a signal does, so that its objects stay."""
    pid = json.loads(place.run(place.homeport, "status", "--json").stdout)["pid"]
    os.kill(pid, signal.SIGINT)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.02)


@dataclass(frozen=True)
class _Counting(Place):
    """The same place, where the cluster is reached past someone who counts."""

    kubeconfig: str = ""

    @property
    def environ(self) -> Mapping[str, str]:
        return {**super().environ, "KUBECONFIG": self.kubeconfig}


def asked(place: Place) -> Values:
    """Do the same past someone who counts what is asked until all is ready again, and then while nothing happens."""
    with namespace(place) as name, counted(place) as (kubeconfig, lines):
        other = _Counting(place.cache, place.folder, place.quick, str(kubeconfig))
        fifty(other, name)
        with running(other):
            time.sleep(SETTLE)
        before = len(lines.read_text().splitlines())
        with running(other):
            time.sleep(SETTLE)
            said = lines.read_text().splitlines()
            kinds = Counter(kind for line in said[before:] if (kind := _kind(line)))
            time.sleep(QUICK)
            idle = lines.read_text().splitlines()[len(said) :]
        other.run(other.homeport, "down", check=False)
    print("  asked", dict(kinds), "then", dict(Counter(idle)), file=sys.stderr)
    return {"per kind": max(kinds.values()), "all": len(said) - before, "idle": _others(idle)}


def _others(lines: Iterable[str]) -> float:
    """Return how many requests a second are no heartbeat."""
    return sum("/readyz" not in line for line in lines) / QUICK


def _kind(line: str) -> str:
    """Return the kind of objects that a request lists or watches; links into single pods are none."""
    _method, target = line.split(" ")
    path, _, _query = target.partition("?")
    parts = path.strip("/").split("/")
    if "namespaces" in parts:
        rest = parts[parts.index("namespaces") + 2 :]
        return "" if len(rest) > 2 else f"{rest[0]}" if rest else "namespaces"
    return path


def _idle(place: Place) -> Values:
    with running(place) as up:
        time.sleep(SETTLE)
        ours = family(up.pid)
        before = sum(map(seconds, ours))
        look = QUICK if place.quick else LOOK
        time.sleep(look)
        return {
            "share": (sum(map(seconds, ours)) - before) / look,
            "bytes": sum(map(shared, ours)),
            "processes": len(ours),
        }


WORKS = (
    Work(
        "again",
        (
            Row("up again, 50 services on a cluster", limit=1500),
            Row("50 idle services on a cluster: a core's", "share", "%", 100, limit=0.3),
            Row("engine and helpers: PSS", "bytes", "MB", 1e-6, limit=110),
            Row("engine and helpers", "processes", "processes", 1),
        ),
        {"homeport": again},
    ),
    Work(
        "asked",
        (
            Row("up again: requests for one kind of object", "per kind", "", 1, limit=2),
            Row("up again: all requests, links into pods too", "all", "", 1),
            Row("idle: requests beside heartbeats", "idle", "/s", 1, limit=0),
        ),
        {"homeport": asked},
    ),
)
