"""`homeport ci`: verdicts, reports and codes."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from person import Person

GOOD = (
    "from homeport import Stack\nstack = Stack('tested')\n"
    "first = stack.task('first', run='echo done')\n"
    "stack.service('web', run='python -m http.server $PORT --bind 127.0.0.1', port=8080, needs=[first])\n"
)
BAD = GOOD + "stack.service('bad', run='echo this is why; exit 3')\n"


def test_a_good_stack_passes_the_commands_code(person: Person) -> None:
    """`ci -- CMD` runs CMD against the healthy stack, passes its code on, and leaves nothing running."""
    person.save("stack.py", GOOD)
    person.type("ci")
    look = 'import os, urllib.request as r; r.urlopen("http://" + os.environ["WEB_ADDRESS"]); raise SystemExit(9)'
    person.type("ci", "--", "python3", "-c", look, exits=9)
    person.find_nothing()


def test_a_bad_stack_fails_and_reports(person: Person, tmp_path: Path) -> None:
    """A service that crashes three times fails the verdict, with its cause and last lines in both reports."""
    person.save("stack.py", BAD)
    said = person.type("ci", "--report", str(tmp_path / "report"), "--", "touch", "ran", exits=1)
    assert "this is why" in said.out
    assert not (person.folder / "ran").exists()
    report = json.loads((tmp_path / "report/homeport.json").read_text())
    assert report["outcome"] == "failed"
    assert report["cause"] == "bad"
    suite = ET.parse(tmp_path / "report/homeport.xml").getroot()
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed == ["bad"]
    not_run = next(case for case in suite.iter("testcase") if case.get("name") == "touch ran")
    assert not_run.find("skipped") is not None


def test_a_time_limit_is_a_verdict(person: Person, tmp_path: Path) -> None:
    """What does not get ready in time ends with the code for time-outs, and is reported too."""
    person.save(
        "stack.py",
        "from homeport import Stack, log\nstack = Stack('slow')\n"
        "stack.service('never', run='while :; do sleep 60; done', ready=log('I am ready'))\n",
    )
    person.type("ci", "--timeout", "1s", "--report", str(tmp_path / "report"), exits=5)
    assert json.loads((tmp_path / "report/homeport.json").read_text())["outcome"] == "timeout"


def test_json_tells_the_verdict(person: Person) -> None:
    """`ci --json` prints one document, and it passes with 0 when all is well."""
    person.save("stack.py", GOOD)
    found = json.loads(person.type("ci", "--json").out)
    assert (found["outcome"], found["exit"]) == ("passed", 0)


def test_a_kept_house_stays(person: Person) -> None:
    """`ci --keep` leaves the house running."""
    person.save("stack.py", GOOD)
    person.type("ci", "--keep")
    assert person.node("web").state == "ready"
