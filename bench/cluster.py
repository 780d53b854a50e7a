"""A namespace for one doing on the cluster of ``KUBECONFIG``, which is one for tests, and who asks there what."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.place import PROGRAMS, Place

PROMISED = os.environ.get("HOMEPORT_TEST_CLUSTER") == "1" and bool(os.environ.get("KUBECONFIG"))
"""Whether ``KUBECONFIG`` names a cluster on which tests may do anything."""
BASE = "python:3.11-slim"
"""From which the images begin; nodes and engine have it."""
PORT = 8000
LIMIT = 180.0
SERVER = PROGRAMS / "files.py"


def kubectl(place: Place, *words: str) -> str:
    """Run kubectl to its end and return what it said."""
    return place.run("kubectl", *words).stdout


@contextmanager
def namespace(place: Place) -> Iterator[str]:
    """Give a name for a stack, which is that of its namespace as well; nothing of it is left afterwards."""
    name = f"bench-{os.getpid()}"
    try:
        yield name
    finally:
        kubectl(place, "delete", "namespace", name, "--ignore-not-found")


@contextmanager
def running(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Have a house in the foreground until all was ready; it ends as by Ctrl-C, and leaves its objects."""
    up = place.start(place.homeport, "up", "--on", "kubernetes")
    try:
        until = time.monotonic() + LIMIT
        while place.run(place.homeport, "wait", "--timeout", "170s", check=False).returncode:
            if up.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"nothing is ready:\n{(place.folder / 'out').read_text()[-2000:]}")
            time.sleep(0.05)
        yield up
    finally:
        up.send_signal(signal.SIGINT)
        up.wait()


def local_port(place: Place, service: str) -> int:
    """Return the port of this machine that leads to a service."""
    frame: dict[str, Any] = json.loads(place.run(place.homeport, "status", "--json").stdout)
    ports: dict[str, int] = next(node["ports"] for node in frame["nodes"] if node["name"] == service)
    return next(iter(ports.values()))


def ask(port: int, path: str) -> bytes:
    """Return what is answered to a request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def registry(place: Place) -> str:
    """Return the registry that the cluster announces."""
    said = kubectl(place, "get", "configmap", "-n", "kube-public", "local-registry-hosting", "-o", "yaml")
    return said.partition("host:")[2].split()[0].strip('"')


def docker(place: Place, *words: str) -> None:
    """Run the engine's client to its end."""
    place.run("env", "DOCKER_BUILDKIT=1", "docker", *words)


def prebuilt(place: Place) -> str:
    """Return the name of a small image that is in the registry."""
    name = f"{registry(place)}/homeport-bench:1"
    docker(place, "pull", "--quiet", "busybox")
    docker(place, "tag", "busybox", name)
    docker(place, "push", "--quiet", name)
    return name


def pods(place: Place, name: str) -> dict[str, int]:
    """Return the restarts of every pod, by its identity."""
    found = json.loads(kubectl(place, "get", "pods", "-n", name, "-o", "json"))["items"]
    return {
        pod["metadata"]["uid"]: sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))
        for pod in found
    }


@contextmanager
def counted(place: Place) -> Iterator[tuple[Path, Path]]:
    """Give a kubeconfig that leads to the same cluster past someone who counts, and the file of requests, one per line."""
    config = json.loads(kubectl(place, "config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    given, lines, made = place.folder / "given.json", place.folder / "requests", place.folder / "counted.json"
    given.write_text(json.dumps(config))
    lines.touch()
    counter = subprocess.Popen(
        [place.python, str(PROGRAMS / "counting.py"), str(given), str(lines)], stdout=subprocess.PIPE
    )
    try:
        assert counter.stdout is not None
        config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{int(counter.stdout.readline())}"}
        made.write_text(json.dumps(config))
        yield made, lines
    finally:
        counter.kill()
        counter.wait()


def fifty(place: Place, name: str) -> None:
    """Write a stack of fifty services with a small image."""
    services = 'for n in range(50):\n    stack.service(f"s{n}", port=8000, ready=http("/hosts"), image=image(IMAGE),\n'
    run = '        container=container(run=["httpd", "-f", "-p", "8000", "-h", "/etc"]))\n'
    head = (
        f'from homeport import Stack, container, http, image\n\nstack = Stack("{name}")\nIMAGE = "{prebuilt(place)}"\n'
    )
    place.write("stack.py", head + services + run)


def served(place: Place, name: str, *, replicas: int = 1, live: bool = True) -> None:
    """Write a stack of one service that answers with the files of ``data``, which are live in its pods."""
    (place.folder / "data").mkdir()
    place.write("files.py", SERVER.read_text())
    place.write("data/one", "first")
    place.write("Dockerfile", f"FROM {BASE}\nWORKDIR /app\nCOPY files.py ./\nCOPY data ./data\n")
    update = 'update=[sync("data", "/app/data")]' if live else ""
    place.write(
        "stack.py",
        "from homeport import Stack, dockerfile, http, sync\n\n"
        f'Stack("{name}").service("web", run=["python", "files.py"], port={PORT}, ready=http("/data/one"),\n'
        f"    replicas={replicas}, image=dockerfile({update}))\n",
    )


def p95(values: Sequence[float]) -> float:
    """Return what nineteen of twenty keep to."""
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]
