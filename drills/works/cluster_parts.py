"""Parts of the cluster itself fail: a node that is heard no more, its kubelet, and the API server, for real."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from drills.drill import Drill, Figure, Values, insist
from drills.pods import NODE, OTHERS, PROMPT, TOWN, Town, in_town, kubectl, lacks, settled
from drills.stage import Stage
from drills.waiting import until

AGAIN = os.environ.get("HOMEPORT_TEST_TESTBED", "")
"""The command that starts again what is not running of the testbed. Whoever sets it has the testbed alone."""

AWAY = """
away = {"nodeName": NODE, "tolerations": [{"operator": "Exists"}]}
stack.service(
    "away",
    image="busybox",
    container=container(run=["sleep", "100000"]),
    patch={"Deployment": {"spec": {"template": {"spec": away}}}},
)
"""


def lacks_parts() -> str | None:
    """Return why the parts of the cluster cannot be broken here."""
    return lacks() or (
        None if AGAIN else "a testbed of one's own (HOMEPORT_TEST_TESTBED: the command that starts its parts again)"
    )


@contextmanager
def _node(name: str) -> Iterator[None]:
    """Have a node that nobody stands behind: it takes no pods but those that name it, and is heard only when we say so."""
    taint = {"key": "homeport.dev/drill", "effect": "NoSchedule"}
    spec = {"unschedulable": True, "taints": [taint]}
    made = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}
    kubectl("apply", "-f", "-", given=json.dumps(made))
    try:
        yield
    finally:
        kubectl("delete", "node", name, "--ignore-not-found", check=False)


def _patch(*words: str, status: dict[str, Any]) -> None:
    kubectl("patch", *words, "--subresource=status", "--type=strategic", "-p", json.dumps({"status": status}))


def _heard(name: str) -> None:
    """Say that the node is well, as its kubelet would."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }
    _patch("node", name, status={"conditions": [ready]})


def _runs(town: Town, pod: str) -> None:
    """Say that a pod runs and is ready, as its kubelet would."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": now}
        for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    container = {
        "name": "away",
        "ready": True,
        "started": True,
        "restartCount": 0,
        "image": "busybox",
        "imageID": "",
        "state": {"running": {"startedAt": now}},
    }
    _patch(
        "-n",
        town.name,
        "pod",
        pod,
        status={"phase": "Running", "conditions": conditions, "containerStatuses": [container]},
    )


def node_lost(stage: Stage) -> Values:
    """Let a node fall silent on which one pod is, and be heard again."""
    name = f"drill-{stage.mark[:8]}"
    with _node(name), settled(stage) as town:
        town.stage.write_stack(TOWN + AWAY, NAME=town.name, NODE=name)
        town.write_files()
        try:
            return _node_lost(town, name)
        finally:
            stage.sweep()
            kubectl("-n", town.name, "delete", "deployment", "away", "--ignore-not-found", check=False)
            kubectl("-n", town.name, "delete", "pods", "-l", "app.kubernetes.io/name=away", "--force", check=False)


def _node_lost(town: Town, name: str) -> Values:
    _heard(name)
    house = town.stage.start("up", "--on", "kubernetes")
    until(lambda: town.answers(house.pid), f"no house can be reached: {town.stage.said()}")
    pod = until(lambda: next(iter(_pods(town)), None), "the pod was never made", 60)
    _runs(town, pod)
    town.until_well("away", "page", "other", limit=60)
    before = town.pods()
    until(lambda: not _is_ready(town, pod), "the cluster never misses the node", 120, 0.2)
    red = town.until_red("node", service="away")
    insist(town.node().state == "ready", "a service on another node is not ready")
    others = town.reload_here()
    _heard(name)
    _runs(town, pod)
    healed = town.until_well("away")
    insist(town.pods() == before, f"there are other pods: {town.pods()}, before: {before}")
    return {"red": red, "healed": healed, "others": others}


def _pods(town: Town) -> dict[str, str]:
    return town.pods("away") if town.lives() else {}


def _is_ready(town: Town, pod: str) -> bool:
    (found,) = (each for each in town.objects("pods", "away") if each["metadata"]["name"] == pod)
    return any(each["type"] == "Ready" and each["status"] == "True" for each in found["status"]["conditions"])


def _part(name: str) -> psutil.Process:
    inside = psutil.process_iter()
    if NODE:
        words = ("docker", "inspect", "--format", "{{.State.Pid}}", NODE)
        first = int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        inside = iter(psutil.Process(first).children(recursive=True))
    (found,) = (each for each in inside if each.name() == name)
    return found


def _again() -> None:
    subprocess.run(AGAIN, shell=True, check=True, capture_output=True, timeout=120)


@in_town
def kubelet_restarted(town: Town) -> Values:
    """Kill the kubelet; save meanwhile; start it again."""
    town.up()
    before = town.pods()
    _part("kubelet").kill()
    town.save()
    others = town.reload_here()
    time.sleep(3.0)
    _again()
    healed = town.until_well()
    town.insist_same(before)
    town.save()
    town.until_saved(PROMPT)
    return {"healed": healed, "others": others}


def api_server(town: Town, trouble: Callable[[], None], end: Callable[[], None], span: float) -> Values:
    """Bring trouble over the API server of everybody for a while; save meanwhile."""
    town.up()
    before, began = town.pods(), time.monotonic()
    trouble()
    try:
        town.save()
        others = town.reload_here()
        red = town.until_red("out of reach", "not heard")
        while time.monotonic() - began < span:
            town.save()
            others = max(others, town.reload_here())
            time.sleep(1.0)
        insist(town.node().state != "ready", "it is shown as ready while nothing is heard")
    finally:
        end()
    healed = town.until_well()
    town.insist_same(before)
    return {"red": red, "healed": healed, "others": others}


@in_town
def api_stopped(town: Town) -> Values:
    """Stop its process with SIGSTOP for a minute."""
    process = _part("kube-apiserver")
    return api_server(
        town, lambda: process.send_signal(signal.SIGSTOP), lambda: process.send_signal(signal.SIGCONT), 60
    )


@in_town
def api_killed(town: Town) -> Values:
    """Kill its process, and start it again."""
    return api_server(town, _part("kube-apiserver").kill, _again, 5)


_RED = Figure("red after", "red", limit=PROMPT)
_HEALED = Figure("healed after", "healed", limit=PROMPT)
_OTHERS = Figure("a process's reload meanwhile", "others", limit=OTHERS)

DRILLS = (
    Drill(
        "node-lost",
        "A node that its cluster does not hear any more is told beside the services there, and only there",
        node_lost,
        (_RED, _HEALED, _OTHERS),
        1,
        0,
        lacks,
    ),
    Drill(
        "kubelet-restarted",
        "A kubelet that is killed and started again costs no pod and no save",
        kubelet_restarted,
        (_HEALED, _OTHERS),
        2,
        0,
        lacks_parts,
    ),
    Drill(
        "api-server-frozen",
        "`api-frozen`, with the process of the API server itself stopped for a minute",
        api_stopped,
        (_RED, _HEALED, _OTHERS),
        1,
        0,
        lacks_parts,
    ),
    Drill(
        "api-server-killed",
        "`api-gone`, with the process of the API server itself killed and started again",
        api_killed,
        (_RED, _HEALED, _OTHERS),
        2,
        0,
        lacks_parts,
    ),
)
