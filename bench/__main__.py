"""``python -m bench [NAME…]``: do each work in turn, round by round, and print the medians."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from bench import table
from bench.place import place, prepare
from bench.work import Values, Work
from bench.works import WORKS


def main() -> int:
    """Measure and print; 1 when a target was missed."""
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that what was started is ended
    unknown = set(asked.names) - {work.name for work in WORKS}
    if unknown:
        print(
            f"no figure is named {min(unknown)}; there are: {' '.join(work.name for work in WORKS)}",
            file=sys.stderr,
        )
        return 2
    works = [work for work in WORKS if not asked.names or work.name in asked.names]
    prepare(asked.cache)
    began = _load()
    taken: dict[str, dict[str, list[Values]]] = {work.name: {side: [] for side in work.sides} for work in works}
    try:
        for turn in range(asked.rounds):
            for work in works:
                _round(work, turn, taken[work.name], asked)
    except (KeyboardInterrupt, SystemExit):
        print("cut short: the table has what was done until now", file=sys.stderr)
    lines = table.lines([(work, taken[work.name]) for work in works if all(taken[work.name].values())])
    print(f"medians of up to {asked.rounds} rounds; load {began} before, {_load()} after; {os.cpu_count()} cores")
    print("\n".join(lines))
    return 1 if any("MISSED" in line for line in lines) else 0


def _round(work: Work, turn: int, taken: dict[str, list[Values]], asked: argparse.Namespace) -> None:
    """Let every side do the work once; who begins changes from round to round."""
    sides = list(work.sides)
    for side in sides[turn % len(sides) :] + sides[: turn % len(sides)]:
        began = time.monotonic()
        with place(asked.cache, quick=asked.quick) as where:
            taken[side].append(work.sides[side](where))
        print(f"  {work.name} {side}: {time.monotonic() - began:.1f} s", file=sys.stderr)


def _load() -> str:
    return "/".join(f"{load:.1f}" for load in os.getloadavg())


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Figures as medians, beside others in the same run."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to take (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="how often every side does its work (default: 5)")
    parser.add_argument("--quick", action="store_true", help="look at the idle house for 10 s instead of 60")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "homeport-bench"
    parser.add_argument(
        "--cache", type=Path, default=cache, help=f"where the bench installs what it compares (default: {cache})"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
