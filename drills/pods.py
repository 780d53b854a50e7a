"""A stack that runs in the cluster for tests, and what can be seen and done there behind its house's back."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from drills import seen
from drills.drill import Broken, Values, insist
from drills.stage import Stage
from drills.waiting import until
from homeport.client.client import Client
from homeport.model.view import NodeView

PROMPT = 10.0
"""Seconds until trouble is shown, and until it is healed once its cause has ended."""
OTHERS = 2.0
"""Seconds until a process that does not need the cluster is started again by a save, whatever the cluster does."""

UNDER_WAY = frozenset({"ready", "building", "starting"})
"""States that look as if all went well."""

TESTBED = os.environ.get("HOMEPORT_TEST_CLUSTER") == "1"
"""Whether there is a cluster to play with: only that of a testbed is used."""

NODE = os.environ.get("HOMEPORT_TEST_NODE", "")
"""The container that is the node of a cluster made by kind, which has the image ``busybox:1``; else the machine is."""

TOWN = """
from homeport import Stack, container, dockerfile, http, sync

stack = Stack(NAME)
image = dockerfile("Dockerfile", update=[sync("srv", "/srv")])
serve = ["busybox", "httpd", "-f", "-p", "8000", "-h", "/srv"]
page = stack.service("page", image=image, container=container(run=serve), port=8000, ready=http("/log.txt"))
stack.service("other", image="busybox", container=container(run="trap exit TERM; sleep 100000 & wait"))
stack.service("here", run="cat here.txt > shown; exec sleep 1000", reload=["here.txt"])
"""
TOWN = TOWN.replace('image="busybox"', 'image="busybox:1"') if NODE else TOWN
"""A page whose pod gets saves while it runs, a pod from an image as it is, and a process that needs neither."""


def lacks() -> str | None:
    """Return why nothing can be drilled on a cluster here."""
    if TESTBED and os.environ.get("KUBECONFIG") and shutil.which("kubectl") and shutil.which("docker"):
        return None
    return "a cluster for drills (HOMEPORT_TEST_CLUSTER=1, KUBECONFIG), kubectl and docker's client"


def kubectl(*words: str, given: str | None = None, check: bool = True) -> str:
    """Run kubectl, by the testbed's own kubeconfig; return what it says."""
    done = subprocess.run(["kubectl", *words], input=given, capture_output=True, text=True, check=False, timeout=60)
    if check and done.returncode:
        raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr}")
    return done.stdout


class Town:
    """One round's stack in the cluster. ``name`` is that of the stack and of its namespace, which nobody else has."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.name = f"drill-{stage.mark[:8]}"
        self.saves = 0

    def write(self, text: str = TOWN) -> None:
        """Write the stack, its Dockerfile and its files."""
        self.stage.write_stack(text, NAME=self.name)
        self.write_files()

    def write_files(self) -> None:
        """Write what the stack is about."""
        self.stage.write("Dockerfile", "FROM busybox\nCOPY srv /srv\n")
        self.stage.write("here.txt", "0\n")
        self.save()

    def up(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a house and return its engine's process once all is ready, the page served included."""
        house = self.stage.up("--on", "kubernetes", *words, limit=90)
        self.until_saved()
        return house

    @property
    def client(self) -> Client:
        """A client of the house."""
        return self.stage.client()

    def node(self, name: str = "page") -> NodeView:
        """Return a service as the house shows it."""
        return seen.node(self.client, name)

    def pods(self, service: str = "") -> dict[str, str]:
        """Return the uids of the pods that are not being deleted, by name."""
        return {each["metadata"]["name"]: each["metadata"]["uid"] for each in self.objects("pods", service)}

    def objects(self, kind: str, service: str = "") -> list[dict[str, Any]]:
        """Return the objects of a kind in the namespace that are not being deleted."""
        chosen = ("-l", f"app.kubernetes.io/name={service}") if service else ()
        found = json.loads(kubectl("-n", self.name, "get", kind, *chosen, "-o", "json"))["items"]
        return [each for each in found if "deletionTimestamp" not in each["metadata"]]

    def is_gone(self, pods: dict[str, str]) -> bool:
        """Whether none of these pods is there any more, not even one that is ending."""
        found = json.loads(kubectl("-n", self.name, "get", "pods", "-o", "json"))["items"]
        return not {each["metadata"]["uid"] for each in found} & set(pods.values())

    def lives(self) -> bool:
        """Whether the namespace is there and not being deleted."""
        return kubectl("get", "namespace", self.name, "-o", "jsonpath={.status.phase}", check=False) == "Active"

    def answers(self, engine: int) -> bool:
        """Whether the house of this engine answers; the socket of a dead one may still lie there."""
        found = seen.frame(self.stage)
        return found is not None and found.pid == engine

    def save(self) -> None:
        """Save the next line of the page's log, and a file of its own for it."""
        self.saves += 1
        self.stage.write("srv/log.txt", "".join(f"{number}\n" for number in range(1, self.saves + 1)))
        self.stage.write(f"srv/save-{self.saves}.txt", f"{self.saves}\n")

    def is_saved(self) -> bool:
        """Whether the page, asked by its address on this machine, has every save."""
        wanted = (self.stage.folder / "srv" / "log.txt").read_text()
        return self.served("log.txt") == wanted and self.served(f"save-{self.saves}.txt") == f"{self.saves}\n"

    def until_saved(self, limit: float = 30.0) -> None:
        """Wait until every save is served; then the file of every single one must be."""
        until(self.is_saved, f"the page does not have save {self.saves}", limit, 0.05)
        lost = [number for number in range(1, self.saves + 1) if self.served(f"save-{number}.txt") != f"{number}\n"]
        insist(not lost, f"saves are lost: {lost}")

    def served(self, path: str) -> str:
        """Return what the page answers, by its address on this machine; nothing when it does not."""
        port = self.node().ports.get("main", 0)
        with suppress(OSError, ValueError):
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{port}/{path}", timeout=2.0) as answer:
                return str(answer.read().decode())
        return ""

    def reload_here(self) -> float:
        """Save what the process of this machine watches; return the seconds until it runs anew."""
        text = f"{time.monotonic()}\n"
        shown = self.stage.folder / "shown"
        began = time.monotonic()
        self.stage.write("here.txt", text)
        until(lambda: shown.read_text() == text, "a process that needs no cluster is not started again")
        return time.monotonic() - began

    def until_red(self, *words: str, service: str = "page", limit: float = PROMPT + 5) -> float:
        """Wait until a service is shown as in trouble, and why in one of these words; return how long that took."""
        began = time.monotonic()

        def is_red() -> bool:
            found = self.node(service)
            told = f"{found.detail} {found.stale} {found.note}".lower()
            return found.state not in UNDER_WAY and any(word in told for word in words)

        try:
            until(is_red, "never red", limit, 0.05)
        except Exception as error:
            found = self.node(service)
            raise Broken(
                f"{service} is {found.state} ({found.detail!r}) after {limit:g} s, not red by {words}"
            ) from error
        took = time.monotonic() - began
        said = self.stage.homeport("status", service).stdout.lower()
        insist(any(word in said for word in words), f"status does not say why: {said}")
        return took

    def until_well(self, *services: str, limit: float = PROMPT + 20) -> float:
        """Wait until services are shown as ready, and every save is served; return how long that took."""
        began = time.monotonic()
        names = services or ("page", "other")
        try:
            until(lambda: all(self.node(name).state == "ready" for name in names), "never well", limit, 0.05)
        except Exception as error:
            told = {name: (self.node(name).state, self.node(name).detail) for name in names}
            raise Broken(f"not healed within {limit:g} s: {told}") from error
        self.until_saved(limit)
        return time.monotonic() - began

    def insist_same(self, pods: dict[str, str]) -> None:
        """Insist that exactly these pods run, and one Deployment for each service."""
        insist(self.pods() == pods, f"there are other pods: {self.pods()}, before: {pods}")
        self.insist_single()

    def insist_single(self) -> None:
        """Insist that each service has one Deployment and one pod."""
        made = sorted(each["metadata"]["name"] for each in self.objects("deployments"))
        insist(made == ["other", "page"], f"the Deployments are {made}")
        for name in made:
            found = self.pods(name)
            insist(len(found) == 1, f"{name} has {len(found)} pods: {sorted(found)}")

    def remove(self) -> None:
        """Have the namespace removed, without waiting for it."""
        kubectl("delete", "namespace", self.name, "--ignore-not-found", "--wait=false", check=False)


@contextmanager
def settled(stage: Stage) -> Iterator[Town]:
    """Give a town for one round; its house ends and its namespace goes, whatever happened."""
    stage.more["HOMEPORT_TRACE"] = "1"  # a mistake of Homeport shows where it is
    town = Town(stage)
    try:
        yield town
    finally:
        stage.sweep()
        town.remove()


def in_town(act: Callable[[Town], Values]) -> Callable[[Stage], Values]:
    """Return a drill that plays in a town of its own."""

    def play(stage: Stage) -> Values:
        with settled(stage) as town:
            town.write()
            return act(town)

    return play


def kubeconfig(stage: Stage, server: str, user: dict[str, Any] | None = None) -> None:
    """Have the commands of a round speak to the cluster by another address, or as somebody else."""
    known = json.loads(kubectl("config", "view", "--minify", "--raw", "--flatten", "-o", "json"))
    known["clusters"][0]["cluster"]["server"] = server
    if not server.startswith("https:"):
        known["clusters"][0]["cluster"].pop("certificate-authority-data", None)
    if user is not None:
        known["users"][0]["user"] = user
    stage.more["KUBECONFIG"] = str(stage.write("kubeconfig", json.dumps(known)))


def api_server() -> tuple[str, int]:
    """Return the host and port of the cluster's API server."""
    server = kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    host, _, port = server.rpartition("//")[2].partition(":")
    return host, int(port)
