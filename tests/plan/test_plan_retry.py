"""What follows when a program ends by itself."""

import pytest
from msgspec.structs import replace
from stage import Stage, listening, service

from homeport.model.facts import Ending
from homeport.model.instants import SECOND
from homeport.model.parts import Restart, TcpProbe


def pauses(stage: Stage, name: str, count: int, *, code: int = 1, lives: float = 0.0) -> list[float]:
    """Crash so many times, each after ``lives`` seconds, and return the seconds until each next start."""
    found = []
    stage.settle()
    for _ in range(count):
        stage.pass_time(lives)
        stage.crash(name, code=code)
        before = stage.now
        number = stage.run(name).number
        while stage.run(name).number == number:
            answer = stage.settle()
            if stage.run(name).number == number:
                assert answer.wake is not None
                stage.now = answer.wake
        found.append((stage.now - before) / SECOND)
    return found


def test_pauses_double_up_to_the_longest():
    """The pause doubles with each crash in a row, and never beyond the longest."""
    stage = Stage(service("api", restart=Restart(first=0.5, longest=3)))
    assert pauses(stage, "api", 5) == [0.5, 1, 2, 3, 3]


def test_a_quiet_run_forgets_the_crashes():
    """After a long quiet run a crash is the first one again."""
    stage = Stage(service("api", restart=Restart(quiet=30)))
    assert pauses(stage, "api", 3) == [0.5, 1, 2]
    assert pauses(stage, "api", 2, lives=31) == [0.5, 0.5]


def test_a_save_ends_the_backoff():
    """A save makes another program of it: it starts at once, with no crashes to its name."""
    stage = Stage(service("api"))
    pauses(stage, "api", 5)
    stage.crash("api")
    assert stage.settle().holds["api"].until is not None
    stage.save("api")
    stage.settle()
    assert (stage.run("api").number, stage.run("api").crashes) == (7, 0)


def test_the_state_tells_how_often_and_until_when():
    """While it rests, a service says why it ended, how often, and when the next try comes."""
    stage = Stage(service("api"))
    pauses(stage, "api", 1)
    stage.crash("api")
    view = stage.view("api")
    assert (view.state, view.detail) == ("restarting", "it ended twice in a row (exit code 1)")
    assert view.retry_at == (stage.now + 1 * SECOND) / SECOND
    assert view.tail == ("boom",)


def test_giving_up_is_for_good():
    """At the third crash in a row ``ci`` gives up, and nothing wakes it but news."""
    stage = Stage(service("api"), give_up=3)
    pauses(stage, "api", 2)
    stage.crash("api")
    answer = stage.settle()
    assert answer.decisions["api"].state == "failed"
    assert answer.decisions["api"].detail == "it ended 3 times in a row (exit code 1)"
    assert answer.wake is None


def test_the_files_own_limit_counts_too():
    """The lower of the file's limit and the wish decides."""
    stage = Stage(service("api", restart=Restart(limit=1)), give_up=3)
    stage.settle()
    stage.crash("api")
    assert stage.state("api") == "failed"


def test_a_given_up_service_starts_again_when_asked():
    """A restart by hand is another turn: it starts although it was given up."""
    stage = Stage(service("api", restart=Restart(limit=1)))
    stage.settle()
    stage.crash("api")
    stage.turn("api")
    stage.settle()
    assert stage.run("api").alive


@pytest.mark.parametrize(
    ("policy", "code", "state"),
    [
        ("never", 1, "failed"),
        ("never", 0, "stopped"),
        ("on-failure", 0, "stopped"),
        ("on-failure", 1, "restarting"),
        ("always", 0, "restarting"),
        ("always", 1, "restarting"),
    ],
)
def test_the_policy_decides_what_follows(policy: str, code: int, state: str):
    """Each policy takes each kind of end for what the file says it is."""
    stage = Stage(service("api", restart=Restart(policy)))
    stage.settle()
    stage.crash("api", code=code)
    assert stage.state("api") == state


def test_an_exit_with_zero_at_once_was_never_ready():
    """A program without ports is believed only after it has run for a while."""
    stage = Stage(service("api"), service("web", "api"))
    stage.settle()
    assert stage.state("api") == "starting"
    stage.crash("api", code=0)
    assert stage.settle().decisions["api"].state == "restarting"
    assert "web.0" not in stage.started


def test_a_program_without_probe_is_ready_after_a_quiet_start():
    """Without anything to look at, half a second of life is readiness, and the plan wakes for it."""
    stage = Stage(service("api"))
    assert stage.settle().wake == SECOND // 2
    stage.pass_time(0.5)
    assert stage.state("api") == "ready"


def test_death_by_liveness_counts_as_a_crash():
    """A program that liveness gave up on is ended, rests and starts again; its polite end excuses nothing."""
    stage = Stage(listening("api", live=TcpProbe(), restart=Restart("on-failure")))
    stage.settle()
    stage.slow.add("api")
    stage.die("api")
    answer = stage.settle()
    assert answer.decisions["api"].detail == "liveness failed: no answer"
    assert not answer.decisions["api"].ready
    stage.gone("api")
    answer = stage.settle()
    assert answer.decisions["api"].state == "restarting"
    assert answer.decisions["api"].detail == "it ended (liveness failed: no answer)"
    stage.pass_time(1)
    assert (stage.run("api").number, stage.run("api").crashes) == (2, 1)


def test_liveness_begins_when_the_run_was_ready():
    """A slow start is no death: only a run that was ready once has a liveness probe, and keeps it while unready."""
    stage = Stage(listening("api", live=TcpProbe()))
    stage.sick.add("api")
    assert ("live", "api", 0) not in stage.settle().jobs
    stage.sick.discard("api")
    assert ("live", "api", 0) in stage.settle().jobs
    stage.unready("api")
    assert ("live", "api", 0) in stage.plan().jobs


def test_an_end_that_was_asked_for_is_no_crash():
    """Switched off and on again, a service starts at once."""
    stage = Stage(service("api"))
    pauses(stage, "api", 3)
    stage.wish(enabled={"api": False})
    stage.settle()
    stage.wish(enabled={})
    stage.settle()
    assert stage.run("api").alive
    assert stage.run("api").crashes == 0


def test_a_crash_while_a_need_is_away_waits_for_it_after_its_pause():
    """After the pause the need decides: a start needs it ready now."""
    stage = Stage(listening("db"), service("api", "db"))
    stage.settle()
    stage.unready("db")
    stage.crash("api")
    assert stage.settle().decisions["api"].state == "restarting"
    stage.pass_time(1)
    assert stage.state("api") == "waiting"


def left_behind(stage: Stage, name: str) -> None:
    """Let a program end by itself and leave something behind that takes its time."""
    run = stage.run(name)
    stage.put(("run", name, 0), replace(run, ended=Ending(stage.now, 3), clearing=True))


def test_nobody_starts_on_a_program_that_is_gone():
    """A crash counts at once, also while what the program left behind is being ended."""
    stage = Stage(service("db"), service("api", "db"), enabled={"api": False})
    stage.pass_time(1)
    assert stage.state("db") == "ready"
    left_behind(stage, "db")
    stage.wish(enabled={})
    assert stage.states() == {"db": "restarting", "api": "waiting"}
    assert stage.view("db").replicas[0].pid is None


def test_what_a_program_left_behind_is_ended_before_what_it_leans_on():
    """Closing, a place that is not clear yet keeps its needs alive."""
    stage = Stage(service("db"), service("api", "db"))
    stage.pass_time(2)
    left_behind(stage, "api")
    stage.close()
    answer = stage.plan()
    assert answer.decisions["api"].state == "stopping"
    assert ("run", "db", 0) in answer.jobs


def test_who_could_not_be_started_together_is_not_tried_again_together():
    """Retries of what was never started are spread over the second half of the pause, another way each time."""
    names = [f"s{number}" for number in range(20)]
    stage = Stage(*(service(name, restart=Restart(first=1, longest=1)) for name in names))
    stage.settle()
    orders = []
    for crashes in (0, 1):
        for name in names:
            run = replace(stage.run(name), crashes=crashes, ended=Ending(stage.now, error="too many files are open"))
            stage.put(("run", name, 0), run)
        until = {name: stage.decision(name).hold.until - stage.now for name in names}
        assert all(0.5 * SECOND <= pause <= SECOND for pause in until.values())
        assert len(set(until.values())) == len(names)
        orders.append(sorted(names, key=until.__getitem__))
    assert orders[0] != orders[1]
