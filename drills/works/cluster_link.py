"""The cluster cannot be heard: its API server is frozen, gone, forgets where watches were, or does not know us any more."""

import json
import ssl
import time
from collections.abc import Callable
from typing import Any

from drills.between import Between, between
from drills.drill import Drill, Figure, Values, insist
from drills.pods import OTHERS, PROMPT, TESTBED, Town, api_server, in_town, kubeconfig, kubectl, lacks
from drills.stage import Stage
from drills.waiting import until

Trouble = Callable[[Between], None]


def unheard(stage: Stage, begin: Trouble, end: Trouble, span: float) -> Values:
    """Come between house and cluster for a while; save meanwhile; nobody else may be concerned."""
    with between(api_server()) as link:
        kubeconfig(stage, f"https://127.0.0.1:{link.port}")
        return in_town(lambda town: _unheard(town, link, begin, end, span))(stage)


def _unheard(town: Town, link: Between, begin: Trouble, end: Trouble, span: float) -> Values:
    town.up()
    before, began = town.pods(), time.monotonic()
    begin(link)
    town.save()
    others = town.reload_here()
    red = town.until_red("cluster", "out of reach", "not heard") + others
    until(lambda: town.node("here").state == "ready", "a process that needs no cluster is not ready", OTHERS)
    while time.monotonic() - began < span:
        town.save()
        others = max(others, town.reload_here())
        time.sleep(1.0)
    insist(town.node().state != "ready", "it is shown as ready while nothing is heard")
    end(link)
    healed = town.until_well()
    town.insist_same(before)
    town.save()
    town.until_saved(5.0)
    return {"red": red, "healed": healed, "others": others, "saves": town.saves - 2}


def frozen(stage: Stage) -> Values:
    """No byte goes through for a while, and nothing says so."""
    return unheard(stage, Between.freeze, Between.thaw, 15.0 if stage.short else 60.0)


def refused(stage: Stage) -> Values:
    """Every connection is reset, and no new one is taken, until the server is back."""
    return unheard(stage, Between.cut, Between.mend, 20.0)


EXPIRED = {
    "type": "ERROR",
    "object": {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": "too old resource version: 1 (2)",
        "reason": "Expired",
        "code": 410,
    },
}


def expired(stage: Stage) -> Values:
    """End all watches with 410, again and again, while pods are replaced behind them: what was missed is listed."""
    with between(api_server(), secure=_as_admin(stage)) as link:
        kubeconfig(stage, f"http://127.0.0.1:{link.port}", {})
        return in_town(lambda town: _expired(town, link))(stage)


def _expired(town: Town, link: Between) -> Values:
    town.up()
    event, slowest, watches = json.dumps(EXPIRED).encode(), 0.0, 0
    for _ in range(3):
        before = town.pods("other")
        asked = len(link.heard)
        watches = link.tell_watches(event)
        insist(watches >= 10, f"there are only {watches} watches")
        kubectl("-n", town.name, "delete", "pods", "-l", "app.kubernetes.io/name=other", "--wait=false")
        began = time.monotonic()
        until(lambda: _follows(town, before), "the new pod is not shown", PROMPT)  # noqa: B023
        slowest = max(slowest, time.monotonic() - began)
        lists = [line for line in link.heard[asked:] if line.startswith(b"GET /api") and b"limit=" in line]
        insist(len(lists) <= 2 * watches, f"{len(lists)} lists were asked for after {watches} watches had ended")
    town.until_well()
    town.insist_single()
    return {"seen": slowest, "watches": watches}


def _follows(town: Town, before: dict[str, str]) -> bool:
    shown = {replica.detail for replica in town.node("other").replicas if replica.state == "ready"}
    return bool(shown) and shown == set(town.pods("other")) and not shown & set(before)


def _as_admin(stage: Stage) -> ssl.SSLContext:
    """Return how to speak to the API server as the testbed's own user does."""
    import base64

    known: Any = json.loads(kubectl("config", "view", "--minify", "--raw", "--flatten", "-o", "json"))
    user, cluster = known["users"][0]["user"], known["clusters"][0]["cluster"]
    both = [base64.b64decode(user[f"client-{part}-data"]).decode() for part in ("certificate", "key")]
    secure = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    secure.load_cert_chain(stage.write("admin.pem", "\n".join(both)))
    return secure


_RED = Figure("red after", "red", limit=PROMPT)
_HEALED = Figure("healed after", "healed", limit=PROMPT)
_OTHERS = Figure("a process's reload meanwhile", "others", limit=OTHERS)

DRILLS = (
    Drill(
        "api-frozen",
        "A frozen API server is told, delays no process, and afterwards all goes on with every save and the same pods",
        frozen,
        (_RED, _HEALED, _OTHERS),
        2,
        TESTBED,
        lacks,
    ),
    Drill(
        "api-gone",
        "The same when the API server ends and is started again",
        refused,
        (_RED, _HEALED, _OTHERS),
        2,
        0,
        lacks,
    ),
    Drill(
        "watches-expired",
        "Watches that end with 410 are begun anew at once, and nothing that happened meanwhile is missed",
        expired,
        (Figure("a new pod shown after", "seen", limit=PROMPT),),
        2,
        TESTBED,
        lacks,
    ),
)
