"""Workers that run programs: services and tasks."""

import pytest
from msgspec.structs import replace
from workshop import Workshop, in_workshop, run_job, service, task_job

from homeport.model.errors import OutsideError
from homeport.model.facts import Done, Ending
from homeport.model.parts import Files, Keep, Port, Stop
from homeport.ports.fakes.runtime import Program, Say
from homeport.ports.runtime import Exit
from homeport.work.service import run_service
from homeport.work.task import run_task


def test_a_service_reports_its_beginning_its_start_and_its_end():
    """A run holds its place from its first word; its end has its last lines."""
    shop = Workshop()
    shop.runtime.boot = 0.5
    shop.runtime.programs["api"] = Program(says=(Say(b"hello\nboom\n"),), lives=2, ends=Exit(code=7))
    in_workshop(shop, run_service(run_job(own={"http": 9000}), shop.outside, shop))
    first, started, fallen, ended = shop.runs()
    assert (first.number, first.identity, first.pid, first.started) == (3, "id-1", None, None)
    assert (started.started, started.wall, started.pid, started.ports) == (500_000, 0.5, 1000, {"http": 9000})
    assert ended.ended == Ending(2_500_000, 7)
    assert ended.tail == ("hello", "boom", "ended by itself: exit code 7")
    assert fallen == replace(ended, clearing=True)


def test_a_service_tells_how_much_of_its_log_is_kept():
    """What the stack file says about a log reaches who keeps it."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(lives=1)
    in_workshop(shop, run_service(run_job(service(logs=Keep(4096, 60.0))), shop.outside, shop))
    assert shop.book.kept == {"api": Keep(4096, 60.0)}


def test_a_cancel_is_polite():
    """Cancelled, a program is asked by its signal, reported as stopping while it drains, and its end was asked for."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(stops_in=2, stops=Exit(code=0))
    node = service(stop=Stop("SIGINT", 5))
    in_workshop(shop, run_service(run_job(node), shop.outside, shop), cancel=[1])
    assert [run.stopping for run in shop.runs()] == [False, False, True, False]
    assert shop.of("run")[2][0] == 1.0
    assert shop.runs()[-1].ended == Ending(3_000_000, 0, asked=True)
    assert [event.what for event in shop.runtime.events] == ["started", "asked SIGINT", "ended 0", "gone"]


def test_a_second_cancel_hurries():
    """The second cancel kills what drains; the end is still reported."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(stops_in=9)
    in_workshop(shop, run_service(run_job(), shop.outside, shop), cancel=[1, 3])
    assert shop.runs()[-1].ended == Ending(3_000_000, signal="SIGKILL", asked=True)


def test_a_replica_answers_who_is_on_the_way_before_it_is_asked_to_end():
    """It says that it leaves, goes on for a moment while nobody new is sent to it, and is asked then."""
    shop = Workshop()
    shop.runtime.programs["api.1"] = Program(stops_in=1)
    job = run_job(service(ports=(Port("http", 8000),)), replicas=2, own={"http": 9000})
    in_workshop(shop, run_service(job, shop.outside, shop), cancel=[1])
    assert [(at, run.stopping) for at, run in shop.of("run")][-2:] == [(1.0, True), (2.1, False)]
    assert shop.runs()[-1].ended == Ending(2_100_000, signal="SIGTERM", asked=True)


def test_who_ignores_the_signal_is_killed_after_its_grace():
    """A drain has a limit."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(ignores=frozenset({"SIGTERM"}))
    in_workshop(shop, run_service(run_job(service(stop=Stop(grace=4))), shop.outside, shop), cancel=[1])
    assert shop.runs()[-1].ended == Ending(5_000_000, signal="SIGKILL", asked=True)


def test_a_cancel_during_the_start_leaves_no_program():
    """Cancelled while it is being started, a program is ended as soon as there is one."""
    shop = Workshop()
    shop.runtime.boot = 2
    shop.runtime.programs["api"] = Program(stops_in=1)
    in_workshop(shop, run_service(run_job(), shop.outside, shop), cancel=[1])
    assert shop.runs()[-1].ended == Ending(3_000_000, signal="SIGTERM", asked=True)
    assert [event.what for event in shop.runtime.events][:2] == ["started", "asked SIGTERM"]


def test_leftovers_are_ended_after_a_crash():
    """A crash is told at once; the place is held until what the program left behind is ended: a successor starts alone."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(lives=1, ends=Exit(code=1), lingers=True)
    in_workshop(shop, run_service(run_job(), shop.outside, shop))
    told = [(at, run.ended, run.alive) for (at, _), run in zip(shop.of("run"), shop.runs(), strict=True)]
    assert told[-2:] == [(1.0, Ending(1_000_000, 1), True), (2.0, Ending(1_000_000, 1), False)]


def test_a_first_cancel_does_not_cut_what_is_ending_already():
    """A polite cancel while leftovers end changes nothing: it was a crash, and leftovers keep their grace."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(lives=1, ends=Exit(code=1), lingers=True)
    in_workshop(shop, run_service(run_job(), shop.outside, shop), cancel=[1.5])
    assert shop.of("run")[-1][0] == 2.0
    assert shop.runs()[-1].ended == Ending(1_000_000, 1)


def test_a_program_that_cannot_be_started_says_why():
    """A refused start is an end with an error, in the log too."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(refused="there is no such program")
    in_workshop(shop, run_service(run_job(), shop.outside, shop))
    ended = shop.runs()[-1].ended
    assert ended is not None
    assert ended.error == "could not be started: api: there is no such program"
    assert shop.runs()[-1].started is None
    assert "there is no such program" in shop.book.lines[-1].text


def test_our_own_mistake_ends_the_run():
    """A worker that fails must not leave a run that seems to go on."""
    shop = Workshop()
    told_no_port = run_job(service(ports=(Port("http", 8000),)), own={})
    with pytest.raises(ExceptionGroup) as raised:
        in_workshop(shop, run_service(told_no_port, shop.outside, shop))
    assert raised.group_contains(KeyError)
    ended = shop.runs()[-1].ended
    assert ended is not None
    assert ended.error is not None
    assert "bug in Homeport" in ended.error


def test_the_pen_of_a_run_is_lent_while_it_lasts():
    """A log probe finds the pen of the current run, and none afterwards."""
    shop = Workshop()
    shop.runtime.programs["api"] = Program(lives=2)
    seen: list[bool] = []
    look = [(at, lambda: seen.append(shop.outside.pens.of("api", 0) is not None)) for at in (1.0,)]
    in_workshop(shop, run_service(run_job(), shop.outside, shop), *look)
    assert seen == [True]
    assert shop.outside.pens.of("api", 0) is None


def test_the_data_of_a_run_have_an_id():
    """Data in a folder keep their id; data that die with the process are others in each run."""
    for keeps, expected in (("folder", "0000000000000001"), ("run", "h1/3"), (None, None)):
        shop = Workshop()
        in_workshop(shop, run_service(run_job(service(keeps=keeps)), shop.outside, shop), cancel=[1])
        assert shop.runs()[1].data_id == expected


def test_replicas_have_labels():
    """A replica among several is called by its number, counted from one."""
    shop = Workshop()
    in_workshop(shop, run_service(run_job(replicas=2), shop.outside, shop), cancel=[1])
    assert shop.runtime.processes[0].launch.label == "api.1"
    assert shop.runtime.processes[0].launch.env["HOMEPORT_RUN"] == "demo/h1/api.1/3"


def test_a_task_that_succeeds_is_done():
    """A success is a fact with its stamp; it outlives the house only where a later one may skip the task: with inputs."""
    for inputs, outlives in (((Files("/repo", ("*.sql",)),), True), ((), False)):
        shop = Workshop()
        shop.runtime.programs["seed"] = Program(lives=1)
        in_workshop(shop, run_task(task_job(args=("10",), count=4, turn=2, inputs=inputs), shop.outside, shop))
        done = Done("stamp-1", 5, 2, "r")
        assert shop.of("done") == [(1.0, done)]
        assert shop.memory.done() == ({"seed": done} if outlives else {})
        assert shop.runtime.processes[0].launch.argv == ("seed", "10")
        assert shop.runs()[-1].ended == Ending(1_000_000, 0)


def test_a_success_that_cannot_be_remembered_counts_all_the_same():
    """On a full disk whoever needs the task goes on; its log says that the next house will run it again."""
    shop = Workshop()
    shop.memory.refusal = OutsideError("the disk is full", hint="make room")
    shop.runtime.programs["seed"] = Program(lives=1)
    in_workshop(shop, run_task(task_job(inputs=(Files("/repo", ("*.sql",)),)), shop.outside, shop))
    assert shop.of("done")
    assert "its success is not remembered: the disk is full" in [line.text for line in shop.book.lines]


def test_a_task_that_fails_is_not_done():
    """A failure is an end with its last lines and nothing else."""
    shop = Workshop()
    shop.runtime.programs["seed"] = Program(says=(Say(b"no such table\n", "err"),), lives=1, ends=Exit(code=2))
    in_workshop(shop, run_task(task_job(), shop.outside, shop))
    assert shop.of("done") == []
    assert shop.runs()[-1].tail == ("no such table",)


def test_a_task_has_a_time_limit():
    """At its limit a task is asked, killed after its grace, and says that its time passed."""
    shop = Workshop()
    shop.runtime.programs["seed"] = Program(stops_in=1, stops=Exit(code=0))
    in_workshop(shop, run_task(task_job(timeout=5), shop.outside, shop))
    ended = shop.runs()[-1].ended
    assert ended == Ending(6_000_000, 0, timed_out=True)
    assert str(ended) == "its time limit passed"
    assert shop.of("done") == []


def test_a_cancelled_task_is_not_done():
    """A task that was ended by us has not succeeded, whatever code it ends with."""
    shop = Workshop()
    shop.runtime.programs["seed"] = Program(stops=Exit(code=0))
    in_workshop(shop, run_task(task_job(), shop.outside, shop), cancel=[1])
    assert shop.of("done") == []
    assert [run.stopping for run in shop.runs()] == [False, False, True, False]
