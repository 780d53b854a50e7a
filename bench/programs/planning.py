"""``planning.py CHECKOUT``: print the median seconds of a plan for 500 nodes after one report, of the slower kind of node."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(sys.argv[1]) / "tests" / "plan"))

from stage import RULES, Stage, listening, ref, secret, service, task, tool

from homeport.model.facts import Health
from homeport.model.nodes import Node
from homeport.plan.steer import plan

NODES = 500
REPORTS = 50


def stack() -> Iterator[Node]:
    """Yield a stack in layers: stores, tasks on them, services that need both and refer to each other."""
    yield from (tool("node"), secret("key"))
    yield from (listening(f"db{n}", env={"K": ref("key", "value:value")}) for n in range(20))
    yield from (task(f"migrate{n}", f"db{n}", inputs=RULES) for n in range(20))
    for n in range(NODES - 42):
        above = f"s{n - 20}" if n >= 20 else f"migrate{n}"
        env = {"DB": ref(f"db{n % 20}", "port:http"), "PEER": ref(f"s{3 * (n * 7 % 130) + 1}", "port:http", soft=True)}
        make = listening if n % 3 else service
        yield make(f"s{n}", above, env={**env, "N": str(n)}, reload=RULES)


def after_reports(stage: Stage, name: str) -> float:
    """Return the median time of a plan after news about the health of a service."""
    answer, took = plan(stage.see, stage.now), []
    for turn in range(REPORTS):
        health = Health(stage.run(name).number, ready=turn % 2 == 1, since=turn, was_ready=True)
        stage.put(("health", name, 0), health)
        began = time.perf_counter()
        answer = plan(stage.see, stage.now, answer)
        took.append(time.perf_counter() - began)
    return median(took)


def main() -> None:
    """Bring everything up, then measure."""
    stage = Stage(*stack())
    stage.pass_time(300)
    assert all(decision.state != "waiting" for decision in stage.plan().decisions.values())
    print(max(after_reports(stage, "s457"), after_reports(stage, "db3")))


main()
