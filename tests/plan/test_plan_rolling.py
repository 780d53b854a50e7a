"""Replicas: one address, one after the other, more and fewer."""

from stage import RULES, Stage, listening, service

from homeport.model.facts import Fronting
from homeport.model.plan import Front
from homeport.plan.decision import Answer


def three(**more: object) -> Stage:
    """Return a settled stage with three replicas of ``api``."""
    stage = Stage(listening("api", replicas=3, reload=RULES, **more), listening("web", "api"))
    stage.settle()
    return stage


def watch_serving(stage: Stage) -> list[int]:
    """Record how many replicas of ``api`` the front points to, at every plan."""
    counts: list[int] = []

    def count(answer: Answer) -> None:
        front = answer.jobs.get(("front", "api", 0))
        counts.append(len(front.targets["http"]) if isinstance(front, Front) else -1)

    stage.stepped = count
    return counts


def test_a_rolling_restart_takes_one_after_the_other():
    """Never fewer than all but one serve during a rolling restart, and at its end all are new."""
    stage = three()
    counts = watch_serving(stage)
    stage.save("api")
    stage.settle()
    assert [stage.run("api", replica).number for replica in range(3)] == [2, 2, 2]
    assert min(counts) == 2
    assert counts[-1] == 3


def test_a_save_during_a_rolling_restart_begins_anew_without_a_second_gap():
    """Another save while one replica drains or boots does not take a second one away."""
    stage = three()
    counts = watch_serving(stage)
    stage.slow.add("api")
    stage.save("api")
    stage.settle()
    stage.save("api")
    stage.settle()
    assert [run.stopping for run in stage.see.alive("api").values()] == [True, False, False]
    stage.sick.add("api")
    stage.gone("api", 0)
    stage.settle()
    stage.save("api")
    stage.settle()
    assert min(counts) == 2
    stage.gone("api", 0)
    stage.slow.clear()
    stage.sick.clear()
    stage.settle()
    assert {run.identity.split("/")[2] for run in stage.see.alive("api").values()} == {"3"}
    assert min(counts) == 2


def test_a_crashed_replica_holds_the_rolling_restart():
    """While one replica is missing the others serve on, old as they are; a crash never counts double."""
    stage = three()
    stage.sick.add("api")
    stage.save("api")
    stage.settle()
    stage.crash("api", 0)
    stage.pass_time(60)
    assert [stage.run("api", replica).number for replica in (1, 2)] == [1, 1]
    assert stage.decision("api").stale == "its turn in the rolling restart comes"


def test_replicas_that_do_not_serve_are_replaced_at_once():
    """Where nothing serves there is nothing to lose: all replicas are replaced together."""
    stage = Stage(listening("api", replicas=3, reload=RULES))
    stage.sick.add("api")
    stage.settle()
    stage.slow.add("api")
    stage.save("api")
    stage.settle()
    assert all(run.stopping for run in stage.see.alive("api").values())


def test_dependents_of_replicas_wait_for_the_open_address():
    """Ready replicas are not enough: a dependent starts once the shared address is open."""
    stage = three()
    stage.crash("web")
    stage.pass_time(10)
    answer = stage.plan()
    front = answer.jobs["front", "api", 0]
    assert answer.decisions["api"].ready
    stage.put(front.key, Fronting(front.identity, error="port 9000 is taken"))
    answer = stage.plan()
    assert not answer.decisions["api"].ready
    assert (answer.decisions["api"].state, answer.decisions["api"].detail) == ("failed", "port 9000 is taken")
    stage.put(front.key, Fronting(""))
    assert stage.plan().decisions["api"].state == "starting"


def test_the_front_points_only_to_who_serves():
    """A replica that is not ready gets no connections."""
    stage = three()
    stage.unready("api", 1)
    front = stage.plan().jobs["front", "api", 0]
    assert isinstance(front, Front)
    assert front.targets == {"http": (9010, 9030)}


def test_scaling_up_adds_and_leaves_the_rest():
    """More replicas are added beside those that run, and the address stays open meanwhile."""
    stage = three()
    counts = watch_serving(stage)
    stage.wish(replicas={"api": 5})
    stage.settle()
    assert [stage.run("api", replica).number for replica in range(5)] == [1, 1, 1, 1, 1]
    assert min(counts) == 3
    assert counts[-1] == 5


def test_scaling_down_ends_the_last_ones():
    """Fewer replicas end the last ones; the service is not at rest before they have gone."""
    stage = three()
    stage.slow.add("api")
    stage.wish(replicas={"api": 2})
    stage.settle()
    assert [run.stopping for run in stage.see.alive("api").values()] == [False, False, True]
    assert stage.decision("api").ready
    assert stage.decision("api").stale
    stage.gone("api", 2)
    assert stage.decision("api").stale == ""


def test_scaling_one_to_two_hands_the_address_over():
    """The lone replica has the shared address itself: it moves behind the front once the second one serves."""
    stage = Stage(listening("api"))
    counts = watch_serving(stage)
    stage.settle()
    stage.slow.add("api")
    stage.wish(replicas={"api": 2})
    stage.settle()
    assert set(counts) == {-1}
    assert stage.run("api", 1).alive
    assert stage.run("api", 0).stopping
    stage.gone("api", 0)
    stage.settle()
    assert counts[-1] == 2


def test_scaling_to_nothing_stops():
    """No replicas is a way to stop."""
    stage = three()
    stage.slow.add("api")
    stage.wish(replicas={"api": 0})
    stage.settle()
    assert stage.state("api") == "stopping"
    for replica in range(3):
        stage.gone("api", replica)
    assert stage.state("api") == "stopped"


def test_replicas_without_ports_have_no_front():
    """Replicas that listen on nothing need no shared address."""
    stage = Stage(service("worker", replicas=2))
    stage.pass_time(1)
    assert stage.state("worker") == "ready"
    assert ("front", "worker", 0) not in stage.plan().jobs


def test_a_taken_port_is_told_and_asked_for_again():
    """A port that another program holds is a failure of its service alone, and is asked for again in a while."""
    stage = Stage(listening("api"), listening("web"), service("worker"))
    stage.taken.add("api")
    answer = stage.settle()
    assert (answer.decisions["api"].state, answer.decisions["api"].detail) == ("failed", "its port is taken by pid 7")
    assert answer.decisions["web"].ready
    stage.taken.clear()
    stage.pass_time(2)
    assert stage.state("api") == "ready"
