"""``python -m drills [NAME…]``: make trouble on purpose, round by round, and print a verdict for each promise."""

import argparse
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from drills import table
from drills.drill import Broken, Drill
from drills.run import Run
from drills.stage import stage
from drills.table import Outcome
from drills.works import DRILLS


def main() -> int:
    """Drill and print; 1 when a promise was broken, 2 for an unknown name."""
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that what was started is ended
    unknown = sorted(set(asked.names) - {drill.name for drill in DRILLS})
    if unknown:
        print(f"no drill is named {unknown[0]}; there are: {' '.join(drill.name for drill in DRILLS)}", file=sys.stderr)
        return 2
    print(f"seed {asked.seed} (the same trouble again: --seed {asked.seed})")
    run = Run.begin(asked.seed, short=asked.short)
    chosen = [drill for drill in DRILLS if not asked.names or drill.name in asked.names]
    outcomes = [_drill(drill, asked) for drill in chosen]
    print("\n".join(table.lines(outcomes)))
    if asked.json:
        document = {"run": run.document(), "drills": [outcome.document() for outcome in outcomes]}
        asked.json.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if any(outcome.verdict == "BROKEN" for outcome in outcomes) else 0


def _drill(drill: Drill, asked: argparse.Namespace) -> Outcome:
    """Do all rounds of one drill."""
    rounds = asked.rounds or (drill.short if asked.short else drill.rounds)
    outcome = Outcome(drill)
    if not rounds:
        outcome.skipped = "not in the short form"
        return outcome
    why = drill.needs()
    if why is not None:
        print(f"  {drill.name}: not done, {why}")
        if os.environ.get("HOMEPORT_TEST_REQUIRE"):
            outcome.broken.append(why)
        else:
            outcome.skipped = why
        return outcome
    for number in range(asked.first, asked.first + rounds):
        _round(drill, number, outcome, asked)
    return outcome


def _round(drill: Drill, number: int, outcome: Outcome, asked: argparse.Namespace) -> None:
    began = time.monotonic()
    with stage(f"{asked.seed}/{drill.name}/{number}", short=asked.short) as played:
        try:
            outcome.rounds.append(drill.act(played))
            said = "kept"
        except Broken as error:
            said = f"BROKEN: {error}"
            outcome.broken.append(f"round {number}: {error}")
        except Exception as error:  # a drill that cannot be played is no proof of anything
            traceback.print_exc()
            print(played.said()[-4000:], file=sys.stderr)
            said = f"BROKEN: {type(error).__name__}: {error}"
            outcome.broken.append(f"round {number}: {said}")
    print(f"  {drill.name}, round {number}: {said}, {time.monotonic() - began:.1f} s", flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills", description="Trouble on purpose, with a verdict each.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="drills to do (default: all)")
    parser.add_argument("--rounds", type=int, help="rounds of every drill (default: each drill's own number)")
    parser.add_argument("--short", action="store_true", help="few and small rounds, as CI does")
    parser.add_argument("--seed", default=str(time.time_ns() % 1_000_000), help="replay the random drills of a run")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin with round N (to replay that one)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
