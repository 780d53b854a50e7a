"""The verdict of ci, by tables: what was seen and when, in; verdict and reports, out."""

from xml.etree import ElementTree as ET

import pytest

from homeport.cli.report import document, junit
from homeport.cli.trial import Limits, Trial, Verdict
from homeport.model.view import Frame, NodeView, State


def frame(**states: State) -> Frame:
    """Return a frame of services in these states."""
    return Frame(1, "demo", "demo", tuple(NodeView(name, "service", state) for name, state in states.items()))


def test_all_ready_passes() -> None:
    """The verdict comes with the first frame in which nothing is missing."""
    trial = Trial(None, Limits())
    assert trial.look(frame(db="starting", api="waiting"), 0.0) is None
    verdict = trial.look(frame(db="ready", api="completed"), 1.25)
    assert verdict == Verdict("passed", "all is ready after 1.2 s")
    assert verdict.good


def test_a_house_without_nodes_is_not_ready_yet() -> None:
    """Before its first plan a house shows nothing; that is no success."""
    assert Trial(None, Limits()).look(frame(), 0.0) is None


def test_the_first_failure_is_the_verdict() -> None:
    """What waits for a failed node is not blamed."""
    verdict = Trial(None, Limits()).look(frame(api="waiting", db="failed"), 2.0)
    assert verdict is not None
    assert (verdict.outcome, verdict.cause, verdict.sentence) == ("failed", "db", "db is failed")


def test_only_what_was_asked_for_is_judged() -> None:
    """`ci api` does not care for others."""
    assert Trial(["api"], Limits()).look(frame(api="ready", db="failed"), 0.0) == Verdict(
        "passed", "all is ready after 0.0 s"
    )


def test_closing_from_elsewhere_interrupts() -> None:
    """`homeport down` in another terminal ends the trial."""
    closing = Frame(1, "demo", "demo", (NodeView("api", "service", "starting"),), closing=True)
    verdict = Trial(None, Limits()).look(closing, 0.0)
    assert verdict is not None
    assert verdict.outcome == "interrupted"


@pytest.mark.parametrize(
    ("limits", "states", "said"),
    [
        (Limits(whole=5.0), ("waiting", "waiting"), "not ready after 5 s (--timeout): api is waiting"),
        (Limits(build=5.0), ("building", "building"), "api is building for more than 5 s (--build-timeout)"),
        (Limits(start=5.0), ("starting", "unready"), "api is unready for more than 5 s (--start-timeout)"),
        (Limits(start=5.0), ("waiting", "starting"), None),
        (Limits(build=5.0), ("starting", "starting"), None),
    ],
)
def test_each_limit_counts_its_own_time(limits: Limits, states: tuple[State, State], said: str | None) -> None:
    """A restart does not begin the time anew; waiting does not count as starting."""
    trial = Trial(None, limits)
    assert trial.look(frame(api=states[0]), 0.0) is None
    verdict = trial.look(frame(api=states[1]), 6.0)
    assert (verdict.sentence if verdict else None) == said


DUMP = {
    "frame": {
        "stack": "demo",
        "instance": "demo",
        "nodes": [
            {"name": "db", "type": "service", "state": "failed", "detail": "exit code 1"},
            {"name": "api", "type": "service", "state": "waiting", "detail": "waiting for db"},
            {"name": "page", "type": "service", "state": "ready"},
            {"name": "seed", "type": "task", "state": "stopped", "manual": True},
            {"name": "off", "type": "service", "state": "disabled"},
            {"name": "node", "type": "tool", "state": "ready"},
        ],
    },
    "tails": {"db": [{"text": "no \x1b[31mroom\x1b[0m"}]},
    "holds": {"api": [["api", {"reason": "waiting for db", "cause": "db"}]]},
}


def test_reports_blame_what_failed() -> None:
    """A failure is the node that failed; what waited for it is skipped with its reason; the command is a test too."""
    trial = Trial(None, Limits())
    trial.look(frame(db="starting"), 0.0)
    verdict = trial.look(frame(db="failed"), 2.5)
    assert verdict is not None
    report = document(verdict, trial.ways, DUMP, seconds=2.5, command=["pytest", "-q"], code=1)
    assert report["nodes"][0]["way"] == [{"state": "starting", "at": 0.0}, {"state": "failed", "at": 2.5}]
    assert report["nodes"][1]["holds"] == DUMP["holds"]["api"]
    (suite,) = ET.fromstring(junit(report))
    assert {case.get("name"): [child.tag for child in case if child.tag != "system-out"] for case in suite} == {
        "db": ["failure"],
        "api": ["skipped"],
        "page": [],
        "seed": ["skipped"],
        "pytest -q": ["skipped"],
    }
    assert suite[0].findtext("failure") == "no room"
    assert suite.attrib == {"name": "demo", "time": "2.500", "tests": "5", "failures": "1", "skipped": "3"}


def test_a_time_out_blames_everything_that_is_missing() -> None:
    """Nobody knows which of them would have been the one."""
    report = document(Verdict("timeout", "late"), {}, DUMP, seconds=1.0, command=None, code=5)
    (suite,) = ET.fromstring(junit(report))
    assert suite.get("failures") == "2"
