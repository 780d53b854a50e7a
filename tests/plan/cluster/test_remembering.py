"""The plan's memory is invisible for what is in clusters, too: random walks of facts, compared with a plan without one."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from msgspec.structs import replace
from sea import SYNC, Sea, dockerfile, image
from stage import RULES, env_file, listening, option, ref, secret, service, task, tool

from homeport.model.containers import Container, NamedImage
from homeport.model.forwards import Forwarding
from homeport.model.parts import Need
from homeport.model.rollouts import Linked, Rollout
from homeport.model.shipped import Deployed, Imaged, Updated

NODES = (
    tool("node"),
    tool("go"),
    secret("key"),
    env_file(".env"),
    option("mode", "x"),
    listening("db", keeps="folder", container=image(env={"K": ref("key", "value:value")})),
    service("base", container=dockerfile("/repo/base", tags=("base:dev",))),
    listening(
        "api", Need("db", cascade=True), container=dockerfile(update=(SYNC,)), replicas=2, reload=RULES,
        env={"W": ref("web", "port:http", soft=True), "M": ref("mode", "value")},
    ),
    service("worker", "api", container=dockerfile(update=(SYNC,)), tools=("node",)),
    listening("web", "api", env={"API": ref("api", "port:http")}, container=image(), tools=("go",)),
    task("migrate", "db", container=dockerfile("/repo/base", tags=("base:dev",)), inputs=RULES),
    task("seed", "migrate", container=Container(NamedImage("a:1", (SYNC,)), needs=(Need("here"),)), env_files=(".env",)),
    task("here"),
    listening("late", Need("db", cascade=True), run=None, container=image(env={"W": ref("web", "port:http")})),
)  # fmt: skip
MOVING = ("db", "base", "api", "worker", "web", "migrate", "seed", "late")
PODS = ("db", "base", "api", "worker", "web", "late")
IMAGES = ("image:base", "image:api", "live:image:api", "image:late", "live:seed")

step = some.one_of(
    some.tuples(some.just("wait"), some.sampled_from((0.1, 1.0, 2.0, 40.0))),
    some.tuples(some.just("move"), some.tuples(some.sampled_from(MOVING), some.sampled_from(("here", "docker", "kubernetes")))),
    some.tuples(some.just("all"), some.sampled_from(("here", "docker", "kubernetes"))),
    some.tuples(some.just("save"), some.sampled_from(IMAGES)),
    some.tuples(some.sampled_from(("turn", "toggle", "pause", "slow", "busy", "sick", "refuse", "unready", "stale", "deaf")),
                some.sampled_from(MOVING)),
    some.tuples(some.sampled_from(("delete", "old", "fail pods", "forward", "freshness", "no pods")), some.sampled_from(PODS)),
    some.tuples(some.just("fail image"), some.sampled_from(("image:base", "image:api"))),
    some.tuples(some.just("watch"), some.sampled_from(("image:base", "image:api"))),
    some.tuples(some.just("lose"), some.sampled_from(("node", "go"))),
    some.tuples(some.sampled_from(("down", "error", "common", "site", "values", "file", "mode", "declare")), some.none()),
)  # fmt: skip


def act(sea: Sea, what: str, on: Any) -> None:
    """Let one thing happen, if it can."""
    wishes = sea.see.wishes
    match what:
        case "wait":
            sea.pass_time(on)
        case "move":
            sea.move(**{on[0]: on[1]})
        case "all":
            sea.wish(places={**wishes.places, "": on})
        case "save" | "turn":
            getattr(sea, what)(on)
        case "toggle":
            sea.wish(enabled={**wishes.enabled, on: not wishes.enabled.get(on, True)})
        case "pause":
            sea.wish(paused=wishes.paused ^ {on})
        case "mode":
            sea.wish(options={"mode": f"{sea.see.revision}"})
        case "site":
            sea.wish(site=replace(wishes.site, context="other" if wishes.site.context is None else None))
        case "values":
            sea.values = f"value-{sea.see.revision}"
        case "file":
            sea.save("")
        case "declare":
            whole = len(sea.see.graph.nodes) == len(NODES)
            sea.declare(*(node for node in NODES if not whole or node.name not in ("late", "seed")))
        case _:
            trouble(sea, what, on)


def trouble(sea: Sea, what: str, on: Any) -> None:
    """Let something go wrong, or be well again."""
    match what:
        case "slow" | "busy" | "sick" | "stale" | "deaf":
            setattr(sea, what, getattr(sea, what) ^ {on})
        case "unready":
            sea.unready_pods ^= {on}
        case "lose":
            sea.lost ^= {on}
            sea.turn(on)
        case "refuse" | "common":
            name = on or ""
            if sea.refused.pop(name, None) is None:
                sea.refused[name] = Deployed("", error="it was refused", passing=sea.see.revision % 2 == 0)
        case "fail image":
            if sea.failing.pop(on, None) is None:
                sea.failing[on] = Imaged("", error="it failed", passing=sea.see.revision % 2 == 0)
        case _:
            told(sea, what, on)


def told(sea: Sea, what: str, on: Any) -> None:
    """Let the cluster tell something."""
    see = sea.see
    link, rollout = see.fact(("cluster", "", 0), Linked), see.fact(("rollout", on, 0), Rollout) if on else None
    forward, fresh = (
        see.fact((kind, on or "", 0), fact) for kind, fact in (("forward", Forwarding), ("live-update", Updated))
    )
    image = see.fact(("image", on or "", 0), Imaged)
    match what:
        case "down" if link is not None:
            sea.link(ok=not link.ok, down="silence" if link.ok else "")
        case "error" if link is not None and not sea.quiet:
            sea.link(ok=False, namespace="", error="the login expired")
            sea.plan()
            sea.link(ok=True, namespace="demo", error="")
        case "delete" if see.facts.get("", {}).get(("present", 0)) is not None:
            sea.delete(on)
        case "old" if rollout is not None:
            sea.pods(on, *(replace(pod, current=not pod.current) for pod in rollout.pods))
        case "no pods" if rollout is not None:
            sea.pods(on)
        case "fail pods" if rollout is not None:
            sea.pods(on, *rollout.pods, failure="" if rollout.failure else "it ends again and again")
        case "forward" if isinstance(forward, Forwarding) and forward.identity:
            sea.put(("forward", on, 0), replace(forward, error="" if forward.error else "taken", offered=forward.pods))
        case "freshness" if isinstance(fresh, Updated):
            sea.put(("live-update", on, 0), replace(fresh, pods=(), error="" if fresh.error else "no space"))
        case "watch" if image is not None:
            sea.put(
                ("image", on, 0), replace(image, watch=image.watch[:-1] if len(image.watch) > 1 else image.watch * 2)
            )
        case _:
            pass


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(some.tuples(step, some.booleans()), max_size=20))
def test_the_memory_of_a_plan_is_invisible_for_clusters(walk: list[tuple[tuple[str, Any], bool]]):
    """``plan(see, now, before) == plan(see, now)``, and the same for views, whatever happened in the cluster before.

    The stage compares at every plan; after any walk the plan comes to rest.
    """
    sea = Sea(*NODES)
    sea.bases["image:api"] = ("base:dev",)
    for (what, on), settled in walk:
        act(sea, what, on)
        if settled:
            sea.settle()
        else:
            sea.plan()
        sea.view("api")
    for name in MOVING:
        sea.slow.discard(name)
    sea.pass_time(30)
    sea.close()
    sea.settle()
    assert {state for name, state in sea.states().items() if not name.startswith("cluster")} == {"stopped"}
