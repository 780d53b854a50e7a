"""Somebody removes or breaks what runs in the cluster, behind the back of its house; or the house dies and leaves it there."""

import json
import subprocess
import time
from typing import Any

from drills.drill import Drill, Figure, Values, insist
from drills.gone import time_until_gone
from drills.pods import OTHERS, PROMPT, TESTBED, Town, in_town, kubectl, lacks
from drills.stage import GONE
from drills.waiting import until
from drills.works.killed import kill


@in_town
def namespace_deleted(town: Town) -> Values:
    """Delete the namespace with all that is in it; save meanwhile. Once it is gone everything is made anew."""
    town.up()
    before = town.pods()
    kubectl("delete", "namespace", town.name, "--wait=false")
    town.save()
    red = town.until_red("namespace", "cluster", "pod", "removed", "terminat")
    others = town.reload_here()
    until(lambda: town.is_gone(before), "the old pods never went", 60)
    until(town.lives, "the namespace is not made anew", PROMPT + 40)
    healed = town.until_well()
    town.insist_single()
    insist(not set(before) & set(town.pods()), "pods of the deleted namespace are there")
    return {"red": red, "healed": healed, "others": others}


@in_town
def pod_deleted(town: Town) -> Values:
    """Delete the pod of a service, then evict its successor; saves arrive in whoever takes the place."""
    town.up()
    other, healed = town.pods("other"), 0.0
    for remove in (_delete, _evict):
        before = town.pods("page")
        remove(town, next(iter(before)))
        began = time.monotonic()
        town.save()
        until(lambda: not set(town.pods("page")) & set(before), "the pod is still there")  # noqa: B023
        town.save()
        town.until_well()
        healed = max(healed, time.monotonic() - began)
    insist(town.pods("other") == other, "the pod of another service was replaced")
    town.insist_single()
    return {"healed": healed, "saves": town.saves}


def _delete(town: Town, pod: str) -> None:
    kubectl("-n", town.name, "delete", "pod", pod, "--wait=false")


def _evict(town: Town, pod: str) -> None:
    made = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": town.name}}
    path = f"/api/v1/namespaces/{town.name}/pods/{pod}/eviction"
    kubectl("create", "--raw", path, "-f", "-", given=json.dumps(made))


@in_town
def deployment_deleted(town: Town) -> Values:
    """Delete one Deployment by hand: it is told, and made again."""
    town.up()
    other = town.pods("other")
    kubectl("-n", town.name, "delete", "deployment", "page", "--wait=false")
    began = time.monotonic()
    until(lambda: town.objects("deployments", "page"), "it is not made again", PROMPT)
    town.until_well()
    healed = time.monotonic() - began
    town.insist_single()
    insist(town.pods("other") == other, "the pod of another service was replaced")
    return {"healed": healed}


def kill_house(town: Town, *, down: bool) -> Values:
    """Kill the house: its forwards end, the pods stay; the next one takes them over, or `down` removes what was made."""
    house = town.up()
    before, port = town.pods(), town.node().ports["main"]
    foreign(town)
    kill(house.pid)
    house.wait()
    gone = time_until_gone(town.stage, [port])
    town.insist_same(before)
    took = _removed(town) if down else _adopted(town, before)
    return {"gone": gone, "took": took}


def foreign(town: Town) -> None:
    """Have objects of somebody else in the namespace: they look like ours, but for the owner."""
    labels = {"app.kubernetes.io/name": "page", "homeport.dev/instance": town.name, "homeport.dev/owner": "else"}
    meta = {"name": "foreign", "namespace": town.name, "labels": labels}
    kubectl("apply", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}))
    bare = {"name": "bare", "namespace": town.name}
    kubectl("apply", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": bare}))


def _adopted(town: Town, before: dict[str, str]) -> float:
    """Start the next house and find the same pods; then save while it lives and after it was killed, too."""
    versions, began = _versions(town), time.monotonic()
    house = _next(town)
    took = time.monotonic() - began
    town.insist_same(before)
    insist(_versions(town) == versions, f"objects were changed: {versions} became {_versions(town)}")
    town.save()
    town.until_saved()
    kill(house.pid)
    house.wait()
    town.save()
    _next(town)
    town.insist_single()
    insist(set(town.pods("other")) <= set(before), "the pod of a service whose files are the same was replaced")
    return took


def _next(town: Town) -> "subprocess.Popen[bytes]":
    """Start the next house and wait until all is well and every save served."""
    house = town.stage.start("up")
    until(lambda: town.answers(house.pid), f"the next up cannot be reached: {town.stage.said()}")
    town.until_well(limit=60)
    return house


def _versions(town: Town) -> dict[str, Any]:
    return {each["metadata"]["name"]: each["metadata"]["generation"] for each in town.objects("deployments")}


def _removed(town: Town) -> float:
    began = time.monotonic()
    done = town.stage.homeport("down")
    took = time.monotonic() - began
    insist(done.returncode == 0, f"down ended with {done.returncode}: {done.stdout}{done.stderr}")
    left = {
        kind: sorted(each["metadata"]["name"] for each in town.objects(kind))
        for kind in ("deployments", "services", "pods", "configmaps", "secrets")
    }
    wanted = {"deployments": [], "services": [], "pods": [], "configmaps": ["foreign"], "secrets": ["bare"]}
    left["configmaps"] = [name for name in left["configmaps"] if name != "kube-root-ca.crt"]
    insist(left == wanted, f"down left {left} ({done.stdout})")
    return took


@in_town
def house_killed(town: Town) -> Values:
    """Kill it, and start the next."""
    return kill_house(town, down=False)


@in_town
def house_killed_down(town: Town) -> Values:
    """Kill it, and remove everything."""
    return kill_house(town, down=True)


_RED = Figure("red after", "red", limit=PROMPT)
_HEALED = Figure("healed after", "healed", limit=PROMPT)
_OTHERS = Figure("a process's reload meanwhile", "others", limit=OTHERS)
_GONE = Figure("gone after", "gone", limit=GONE)

DRILLS = (
    Drill(
        "namespace-deleted",
        "A namespace that somebody deletes is told, and made anew with everything, and every save, once it is gone",
        namespace_deleted,
        (_RED, _HEALED, _OTHERS),
        2,
        TESTBED,
        lacks,
    ),
    Drill(
        "pod-deleted",
        "Who takes the place of a deleted or evicted pod gets every save, and nobody else is replaced",
        pod_deleted,
        (_HEALED,),
        3,
        0,
        lacks,
    ),
    Drill(
        "deployment-deleted",
        "A Deployment that somebody deletes is made again, alone",
        deployment_deleted,
        (_HEALED,),
        3,
        0,
        lacks,
    ),
    Drill(
        "pods-adopted",
        "Pods outlive a killed house, and the next takes them over as they are; what is saved before and between arrives",
        house_killed,
        (_GONE, Figure("all well again after", "took")),
        3,
        TESTBED,
        lacks,
    ),
    Drill(
        "pods-removed",
        "After a killed house `down` removes exactly what it made; what others have in the namespace stays",
        house_killed_down,
        (_GONE, Figure("removed after", "took")),
        3,
        0,
        lacks,
    ),
)
