"""The table of docs/reliability.md is the table of the drills there are, and of what they measured."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from pages import ROOT


@pytest.fixture
def script() -> ModuleType:
    """The script that writes the table."""
    spec = importlib.util.spec_from_file_location("reliability_table", ROOT / "scripts" / "reliability_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_drill_is_in_the_table(script: ModuleType) -> None:
    """Every drill has a row, every row is a drill, in the order of the files."""
    rows = re.findall(r"^\| `([\w-]+)`", script.PAGE.read_text(), re.MULTILINE)
    assert rows == [drill.name for work in script.WORKS for drill in work.DRILLS]


def test_the_table_is_what_was_measured(script: ModuleType) -> None:
    """No figure on the page was written by hand: `python scripts/reliability_table.py` writes it from the data beside it."""
    text = script.PAGE.read_text()
    assert text == script.page(text, json.loads(script.DATA.read_text()))


def test_a_drill_that_was_not_done_keeps_its_figures(script: ModuleType, tmp_path: Path) -> None:
    """A run of some drills changes their rows alone; a skipped one never replaces figures."""
    first, second = (drill.name for drill in script.WORKS[0].DRILLS[:2])
    run = {"date": "2026-03-01", "seed": "7", "form": "short", "minutes": 1.0, "cores": 2, "load": 0.5}
    done = {"verdict": "kept", "skipped": None, "figures": [], "broken": [], "rounds": [{}]}
    skipped = {**done, "verdict": "skipped", "skipped": "no reason", "rounds": []}
    known = {name: script.row(done, run) for name in (first, second)}
    file = tmp_path / "run.json"
    drills = [{"drill": first, **done, "rounds": [{}, {}]}, {"drill": second, **skipped}]
    file.write_text(json.dumps({"run": {**run, "seed": "8"}, "drills": drills}))
    rows = script.merged(known, [file])
    assert (rows[first]["rounds"], rows[first]["run"]["seed"]) == (2, "8")
    assert rows[second] == known[second]
