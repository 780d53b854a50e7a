"""Writes the table of docs/reliability.md from what drills measured: ``python scripts/reliability_table.py FILE…``.

Each FILE is what ``python -m drills --json FILE`` wrote. Drills that are in no FILE keep the figures they had, which
docs/reliability.json holds; drills that are no more are dropped. Without a FILE only the page is written anew.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # the drills are no part of the wheel

from drills.drill import Drill
from drills.table import in_words
from drills.works import WORKS

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "reliability.md"
DATA = DOCS / "reliability.json"
BEGIN = "<!-- The table: written by scripts/reliability_table.py -->\n"
END = "<!-- The end of the table -->\n"
HEAD = ("| drill | promise | rounds | median, worst (limit) | verdict |", "|---|---|---|---|---|")
LONGEST = 300
"""Characters of what was seen when a promise was broken."""

Row = dict[str, Any]


def merged(known: dict[str, Row], files: Sequence[Path]) -> dict[str, Row]:
    """Return the rows by drill: those of the files, in front of those that were known."""
    rows = dict(known)
    for file in files:
        document = json.loads(file.read_text())
        for drill in document["drills"]:
            if drill["skipped"] is None or drill["drill"] not in known:
                rows[drill["drill"]] = row(drill, document["run"])
    return {drill.name: rows[drill.name] for work in WORKS for drill in work.DRILLS if drill.name in rows}


def row(drill: dict[str, Any], run: dict[str, Any]) -> Row:
    """Return what is kept of a drill: all but the single rounds."""
    kept = {name: drill[name] for name in ("verdict", "skipped", "figures", "broken")}
    return {"rounds": len(drill["rounds"]) + len(drill["broken"]), **kept, "run": run}


def table(rows: dict[str, Row]) -> str:
    """Return what stands between the markers."""
    runs = _runs(rows)
    lines = [*_summary(rows, runs), ""]
    for work in WORKS:
        lines += [
            f"### {work.__name__.rpartition('.')[2].replace('_', ' ').capitalize()}",
            "",
            _sentence(work),
            "",
            *HEAD,
        ]
        lines += [_line(drill, rows.get(drill.name), runs) for drill in work.DRILLS]
        lines += ["", *_seen(work, rows)]
    return "\n".join(lines)


def data(rows: dict[str, Row]) -> str:
    """Return the rows as JSON with a line for each, so that changes can be read."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items()) + "\n}\n"


def page(text: str, rows: dict[str, Row]) -> str:
    """Return the page with another table."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(rows)}\n{END}{after}"


def _runs(rows: dict[str, Row]) -> list[dict[str, Any]]:
    """Return the runs, the one that most rows are from first."""
    every = [row["run"] for row in rows.values()]
    distinct = [run for place, run in enumerate(every) if run not in every[:place]]
    return sorted(distinct, key=every.count, reverse=True)


def _summary(rows: dict[str, Row], runs: list[dict[str, Any]]) -> Iterator[str]:
    verdicts = [row["verdict"] for row in rows.values()]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in sorted(set(verdicts), key=str.lower))
    rounds = sum(row["rounds"] for row in rows.values())
    yield f"**{len(rows)} drills, {rounds} rounds: {counts}.**"
    yield ""
    for number, run in enumerate(runs, 1):
        mark = f"Marked {number}: " if number > 1 else ""
        where = (
            f"{run['system']}, Python {run['python']}, {run['cores']} cores, load {run['load']:.1f} at its beginning"
        )
        yield f"- {mark}the {run['form']} form, {run['date']}, seed {run['seed']}, {run['minutes']:.0f} minutes; {where}."


def _sentence(work: ModuleType) -> str:
    return (work.__doc__ or "").strip().splitlines()[0]


def _line(drill: Drill, row: Row | None, runs: list[dict[str, Any]]) -> str:
    if row is None:
        return _joined(f"`{drill.name}`", drill.promise, "0", "", "not done yet")
    number = runs.index(row["run"]) + 1
    rounds = f"{row['rounds']}<sup>{number}</sup>" if number > 1 else str(row["rounds"])
    verdict = row["verdict"] if row["skipped"] is None else row["skipped"]
    return _joined(f"`{drill.name}`", drill.promise, rounds, "<br>".join(map(in_words, row["figures"])), verdict)


def _joined(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', ', ') for cell in cells)} |"


def _seen(work: ModuleType, rows: dict[str, Row]) -> Iterator[str]:
    """Yield what was seen where a promise was broken."""
    broken = [
        (drill.name, rows[drill.name]) for drill in work.DRILLS if rows.get(drill.name, {}).get("verdict") == "BROKEN"
    ]
    for name, row in broken:
        over = [each for each in row["figures"] if each["limit"] is not None and each["worst"] > each["limit"]]
        said = [" ".join(text.split())[:LONGEST] for text in row["broken"]]
        said += [f"{each['text']} over its limit" for each in over]
        yield f"- `{name}`: {'; '.join(said)}"
    if broken:
        yield ""


if __name__ == "__main__":
    found = merged(json.loads(DATA.read_text()) if DATA.exists() else {}, [Path(word) for word in sys.argv[1:]])
    DATA.write_text(data(found))
    PAGE.write_text(page(PAGE.read_text(), found))
    print(f"wrote {PAGE} and {DATA}")
