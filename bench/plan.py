"""Time the plan: 500 nodes, whole and after one report. Prints medians in milliseconds."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "plan"))

from stage import RULES, Stage, listening, ref, secret, service, task

from homeport.model.facts import Health
from homeport.model.nodes import Node
from homeport.plan.decision import Answer
from homeport.plan.steer import plan
from homeport.plan.views import Seen, draw

NODES = 500
ROUNDS = 30


def stack() -> list[Node]:
    """Return a stack in layers: stores, tasks on them, services that need both and refer to each other."""
    nodes: list[Node] = [secret("key")]
    nodes += [listening(f"db{n}", env={"K": ref("key", "value:value")}) for n in range(20)]
    nodes += [task(f"migrate{n}", f"db{n}", inputs=RULES) for n in range(20)]
    for n in range(NODES - len(nodes)):
        above = f"s{n - 20}" if n >= 20 else f"migrate{n}"
        env = {"DB": ref(f"db{n % 20}", "port:http"), "PEER": ref(f"s{3 * (n * 7 % 130) + 1}", "port:http", soft=True)}
        make = listening if n % 3 else service
        nodes.append(make(f"s{n}", above, env={**env, "N": str(n)}, reload=RULES))
    return nodes


def timed(act: Callable[[], object]) -> float:
    """Return the median milliseconds of an act."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def reports(stage: Stage, name: str) -> Callable[[], Answer]:
    """Return an act that plans after another health report about ``name``."""
    answers = [stage.plan()]

    def act() -> Answer:
        run = stage.run(name)
        ready = len(answers) % 2 == 0
        stage.put(("health", name, 0), Health(run.number, ready=ready, since=len(answers), was_ready=True))
        answers.append(plan(stage.see, stage.now, answers[-1]))
        return answers[-1]

    return act


def main() -> None:
    """Print the medians."""
    stage = Stage(*stack())
    answer = stage.pass_time(30)
    waiting = {name: state for name, state in stage.states().items() if state not in ("ready", "completed")}
    assert not waiting, waiting
    seen: dict[str, Seen] = draw(answer, 0.0, {})
    say = stage.see.graph
    fresh = (type(say)(*(getattr(say, field) for field in say.__struct_fields__)) for _ in range(ROUNDS))
    print(f"{len(answer.decisions) - 1} nodes, {len(answer.jobs)} jobs, medians of {ROUNDS} in ms")
    print(f"  whole plan of a known graph      {timed(lambda: plan(stage.see, stage.now)):7.2f}")
    print(
        f"  whole plan of a new graph        {timed(lambda: plan(replace(stage.see, graph=next(fresh)), stage.now)):7.2f}"
    )
    print(f"  after no news                    {timed(lambda: plan(stage.see, stage.now, answer)):7.2f}")
    print(f"  after a report about a leaf      {timed(reports(stage, 's457')):7.2f}")
    print(f"  after a report about a store     {timed(reports(stage, 'db3')):7.2f}")
    print(f"  views after no news              {timed(lambda: draw(answer, 0.0, seen)):7.2f}")


if __name__ == "__main__":
    main()
