"""The plan's memory is invisible: random walks of facts, each plan compared with one that remembers nothing."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from stage import RULES, Stage, env_file, listening, option, ref, secret, service, task, tool

from homeport.model.parts import Need, TcpProbe
from homeport.plan.views import is_settled

NODES = (
    tool("node"),
    secret("key"),
    env_file(".env"),
    option("mode", "x"),
    listening("db", keeps="run", env={"K": ref("key", "value:value")}),
    task("install", inputs=RULES, tools=("node",)),
    task("migrate", "db", env_files=(".env",)),
    task("compile", "install", build=True, inputs=RULES),
    task("seed", "db", manual=True),
    listening("api", "migrate", Need("db", cascade=True), replicas=3, reload=RULES, builds=("compile",)),
    listening("web", "api", reload=RULES, live=TcpProbe(), env={"A": ref("late", "port:http", soft=True)}),
    service("worker", Need("db", "started"), env={"M": ref("mode", "value")}),
    listening("late", "web", env={"W": ref("web", "port:http")}),
)
RUNNING = ("db", "api", "web", "worker", "late", "install", "migrate", "compile", "seed")
SERVICES = ("db", "api", "web", "worker", "late")
TASKS = ("install", "migrate", "compile", "seed")

step = some.one_of(
    some.tuples(some.just("wait"), some.sampled_from((0.1, 0.5, 1.0, 40.0))),
    some.tuples(some.sampled_from(("save", "turn", "toggle", "sick", "slow", "pause")), some.sampled_from(RUNNING)),
    some.tuples(some.sampled_from(("crash", "unready", "die")), some.sampled_from(SERVICES)),
    some.tuples(some.sampled_from(("busy", "finish")), some.sampled_from(TASKS)),
    some.tuples(some.just("gone"), some.sampled_from(RUNNING)),
    some.tuples(some.just("scale"), some.integers(0, 4)),
    some.tuples(some.sampled_from(("file", "values", "files", "data", "mode", "taken", "declare", "all")), some.none()),
)


def act(stage: Stage, what: str, on: Any) -> None:
    """Let one thing happen, if it can."""
    if what in ("toggle", "pause", "all", "scale", "mode"):
        ask(stage, what, on)
    else:
        happen(stage, what, on)


def ask(stage: Stage, what: str, on: Any) -> None:
    """Let a person change a wish."""
    wishes = stage.see.wishes
    match what:
        case "toggle":
            stage.wish(enabled={**wishes.enabled, on: not wishes.enabled.get(on, True)})
        case "pause":
            stage.wish(paused=wishes.paused ^ {on})
        case "all":
            stage.wish(all_paused=not wishes.all_paused)
        case "scale":
            stage.wish(replicas={"api": on})
        case "mode":
            stage.wish(options={"mode": f"{stage.see.revision}"})


def happen(stage: Stage, what: str, on: Any) -> None:
    """Let the outside do something, if it can."""
    alive = stage.see.alive(on) if isinstance(on, str) else {}
    match what:
        case "wait":
            stage.pass_time(on)
        case "save" | "turn":
            getattr(stage, what)(on)
        case "sick" | "slow" | "busy":
            setattr(stage, what, getattr(stage, what) ^ {on})
        case "crash" | "unready" | "die" | "gone" if alive:
            getattr(stage, what)(on, max(alive))
        case "finish" if alive and ("run", on, 0) in stage.plan().jobs:
            stage.finish(on)
        case "file":
            stage.save("")
        case "values" | "files" | "data":
            setattr(stage, what, f"{what}-{stage.see.revision}")
        case "taken":
            stage.taken ^= {"web"}
        case "declare":
            whole = len(stage.see.graph.nodes) == len(NODES)
            stage.declare(*(node for node in NODES if not whole or node.name not in ("late", "seed")))
        case _:
            pass


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(some.tuples(step, some.booleans()), max_size=25))
def test_the_memory_of_a_plan_is_invisible(walk: list[tuple[tuple[str, Any], bool]]):
    """``plan(see, now, before) == plan(see, now)``, and the same for views, whatever happened before.

    The stage compares at every plan; after any walk the plan comes to rest and lets everything end.
    """
    stage = Stage(*NODES)
    for (what, on), settled in walk:
        act(stage, what, on)
        if settled:
            stage.settle()
        else:
            stage.plan()
        stage.view("db")
    stage.sick.clear()
    stage.busy.clear()
    stage.taken.clear()
    for name in RUNNING:
        stage.slow.discard(name)
    stage.pass_time(120)
    assert is_settled(stage.plan()), stage.states()
    stage.close()
    stage.settle()
    assert set(stage.states().values()) == {"stopped"}
