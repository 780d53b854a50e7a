"""A forward beside ``kubectl port-forward``, turn by turn into the same pod."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from bench.cluster import PORT, ask, local_port, namespace, running, served
from bench.place import Place
from bench.work import Row, Values, Work

SIZE = 200 * 1024 * 1024
DOWNLOADS = 8
REQUESTS = 200


def forward(place: Place) -> Values:
    """Take requests on new connections and downloads by both, in turn."""
    with namespace(place) as name:
        served(place, name, live=False)
        with running(place), _kubectl(place, name) as theirs:
            ways = {"": local_port(place, "web"), "kubectl ": theirs}
            for port in ways.values():
                ask(port, "/data/one")
            short = {who: list[float]() for who in ways}
            long = {who: list[float]() for who in ways}
            for _ in range(REQUESTS):
                for who, port in ways.items():
                    short[who].append(_timed(port, "/data/one"))
            for _ in range(DOWNLOADS):
                for who, port in ways.items():
                    long[who].append(_timed(port, f"/zeros/{SIZE}"))
        place.run(place.homeport, "down", check=False)
    made = {f"{who}request": median(took) for who, took in short.items()}
    made |= {f"{who}rate": SIZE / median(took) for who, took in long.items()}
    return {
        **made,
        "requests": made["request"] / made["kubectl request"],
        "rates": made["kubectl rate"] / made["rate"],
    }


@contextmanager
def _kubectl(place: Place, name: str) -> Iterator[int]:
    argv = ["kubectl", "port-forward", "-n", name, "deployment/web", f":{PORT}"]
    running = subprocess.Popen(argv, env=dict(place.environ), stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        said = running.stdout.readline()  # Forwarding from 127.0.0.1:41235 -> 8000
        yield int(said.split("127.0.0.1:")[1].split()[0])
    finally:
        running.kill()
        running.communicate()


def _timed(port: int, path: str) -> float:
    began = time.perf_counter()
    ask(port, path)
    return time.perf_counter() - began


WORKS = (
    Work(
        "forward",
        (
            Row("forward: request, new connection", "request"),
            Row("kubectl port-forward: the same", "kubectl request"),
            Row("forward's to kubectl's time", "requests", "x", 1, limit=0.8),
            Row("forward: 200 MiB download", "rate", "MB/s", 1e-6),
            Row("kubectl port-forward: the same", "kubectl rate", "MB/s", 1e-6),
            Row("forward's to kubectl's time for it", "rates", "x", 1, limit=1.0),
        ),
        {"homeport": forward},
    ),
)
