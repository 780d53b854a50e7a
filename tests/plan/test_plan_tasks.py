"""When tasks run, are skipped, and run again."""

from msgspec.structs import replace
from stage import RULES, Stage, listening, option, ref, service, task

from homeport.model.facts import Digested, Done, Ending, Run
from homeport.model.plan import RunTask


def next_house(stage: Stage, *, keeps_run: bool = False) -> Stage:
    """Return a later house of the same instance: it remembers successes and nothing else."""
    later = Stage(*stage.see.graph.nodes.values())
    later.see = later.see.__class__(later.see.graph, later.see.wishes, later.see.facts, house="h2", revision=1)
    later.data, later.files = stage.data, stage.files
    for name in stage.see.graph.nodes:
        done = stage.see.done(name)
        if done is not None:
            later.put(("done", name, 0), done)
    return later


def test_a_task_runs_once():
    """A task runs to completion, and not again while nothing changed."""
    stage = Stage(task("seed"))
    stage.settle()
    stage.pass_time(100)
    assert stage.started == ["seed"]
    assert stage.state("seed") == "completed"


def test_a_task_with_unchanged_inputs_is_skipped_in_a_later_house():
    """With inputs, a success stands over later houses while they are unchanged."""
    stage = Stage(task("install", inputs=RULES))
    stage.settle()
    later = next_house(stage)
    later.settle()
    assert later.started == []
    view = later.view("install")
    assert (view.state, view.detail) == ("completed", "nothing changed since its last success")


def test_another_interpreter_does_not_run_it_again():
    """The `.venv` that an install task made evaluates the file from then on: no reason to install again."""
    stage = Stage(task("install", inputs=RULES))
    stage.settle()
    later = next_house(stage)
    graph = replace(later.see.graph, interpreter="/shop/.venv/bin/python")
    later.see = later.see.__class__(graph, later.see.wishes, later.see.facts, house="h2", revision=1)
    later.settle()
    assert later.started == []


def test_a_triggered_success_stands_in_a_later_house():
    """A success that was triggered by hand is skipped later as any other."""
    stage = Stage(task("install", inputs=RULES))
    stage.settle()
    stage.turn("install")
    stage.settle()
    assert stage.started == ["install", "install"]
    later = next_house(stage)
    later.settle()
    assert later.started == []
    later.turn("install")
    later.settle()
    assert later.started == ["install"]


def test_a_task_without_inputs_runs_in_every_house():
    """Without inputs nothing says that an earlier success still stands."""
    stage = Stage(task("seed"))
    stage.settle()
    later = next_house(stage)
    later.settle()
    assert later.started == ["seed"]


def test_saved_inputs_run_it_again():
    """Another digest of the inputs is another run; the same digest is none."""
    stage = Stage(task("install", inputs=RULES))
    stage.settle()
    stage.save("install")
    stage.settle()
    assert stage.started == ["install"]
    stage.files = "files-2"
    stage.save("install")
    stage.settle()
    assert stage.started == ["install", "install"]


def test_inputs_saved_while_it_runs_start_it_anew():
    """A task that runs on old inputs is ended and started again."""
    stage = Stage(task("compile", build=True, inputs=RULES), service("api", builds=("compile",)))
    stage.busy.add("compile")
    stage.slow.add("compile")
    stage.settle()
    stage.files = "files-2"
    stage.save("compile")
    stage.settle()
    assert stage.state("compile") == "stopping"
    stage.gone("compile")
    stage.settle()
    assert stage.started == ["compile", "compile"]
    stage.finish("compile")
    assert stage.settle().decisions["compile"].completed


def test_files_are_digested_only_once_they_are_watched():
    """A save between the digest and the watch would be missed: the watch with these rules comes first."""
    stage = Stage(task("install", inputs=RULES))
    jobs = stage.plan().jobs
    assert ("watch", "", 0) in jobs
    assert ("inputs", "install", 0) not in jobs
    stage.settle()
    assert stage.state("install") == "completed"


def test_other_rules_of_others_do_not_digest_again():
    """A watch that changes for somebody else leaves a known digest alone."""
    install = task("install", inputs=RULES)
    stage = Stage(install)
    stage.settle()
    stage.declare(install, service("api", reload=RULES))
    assert ("inputs", "install", 0) not in stage.plan().jobs
    assert stage.state("install") == "completed"


def test_another_definition_or_option_runs_it_again():
    """What a task is made of counts as much as its inputs; where it stands in the file does not."""
    stage = Stage(task("install", inputs=RULES, env={"A": "1"}))
    stage.settle()
    stage.declare(task("install", inputs=RULES, env={"A": "2"}))
    stage.settle()
    stage.declare(option("mode", "x"), task("install", inputs=RULES, env={"A": ref("mode", "value")}))
    stage.settle()
    stage.wish(options={"mode": "y"})
    stage.settle()
    assert stage.started == ["install"] * 4


def test_other_data_of_a_need_run_it_again():
    """A task with inputs runs again when what it needs has lost its data, not when that was merely restarted."""
    stage = Stage(listening("db", keeps="folder"), task("migrate", "db", inputs=RULES))
    stage.settle()
    stage.crash("db")
    stage.pass_time(2)
    assert stage.started == ["db.0", "migrate", "db.0"]
    stage.data = "data-2"
    stage.turn("db")
    stage.settle()
    assert stage.started[-2:] == ["db.0", "migrate"]


def test_data_that_die_with_the_process_are_others_each_time():
    """A store that keeps nothing has other data in each run."""
    stage = Stage(listening("db", keeps="run"), task("migrate", "db", inputs=RULES))
    stage.settle()
    stage.turn("db")
    stage.settle()
    assert stage.started == ["db.0", "migrate"] * 2


def test_a_success_stands_while_its_need_is_away():
    """A completed task stays completed while what it needed restarts, so nobody is held by it."""
    stage = Stage(listening("db", keeps="folder"), task("migrate", "db", inputs=RULES))
    stage.settle()
    stage.sick.add("db")
    stage.turn("db")
    stage.settle()
    assert stage.state("migrate") == "completed"


def test_without_inputs_it_runs_once_per_run_of_its_needs():
    """A task without inputs runs again after each new run of what it needs."""
    stage = Stage(listening("db"), task("migrate", "db"), service("api", "migrate"))
    stage.settle()
    stage.turn("db")
    stage.settle()
    assert stage.started == ["db.0", "migrate", "api.0", "db.0", "migrate"]


def test_a_chain_of_tasks_follows_the_first():
    """A task that needs a task runs again after that one's next success."""
    stage = Stage(task("a", inputs=RULES), task("b", "a"), task("c", "b", inputs=RULES))
    stage.settle()
    stage.files = "files-2"
    stage.save("a")
    stage.settle()
    assert stage.started == ["a", "b", "c"] * 2


def test_a_failure_is_told_and_not_repeated():
    """A failed task is not retried by itself; a save, a trigger or a new run of its need tries again."""
    stage = Stage(listening("db"), task("migrate", "db"))
    stage.sick.add("migrate")
    stage.settle()
    stage.pass_time(100)
    view = stage.view("migrate")
    assert (view.state, view.detail, view.tail) == ("failed", "exit code 1", ("line 1", "line 2"))
    stage.turn("migrate")
    stage.settle()
    stage.turn("db")
    stage.settle()
    assert stage.started == ["db.0", "migrate", "migrate", "db.0", "migrate"]


def test_a_manual_task_runs_only_when_triggered():
    """Manual tasks are buttons: each trigger is one run."""
    stage = Stage(task("seed", manual=True))
    stage.settle()
    assert (stage.state("seed"), stage.started) == ("stopped", [])
    for count in (1, 2):
        stage.turn("seed")
        stage.settle()
        stage.pass_time(100)
        assert len(stage.started) == count
    assert stage.state("seed") == "completed"


def test_a_manual_task_does_not_follow_its_needs():
    """A button that was pressed stays pressed once, whatever its needs do later."""
    stage = Stage(listening("db"), task("seed", "db", manual=True))
    stage.settle()
    stage.turn("seed")
    stage.settle()
    stage.turn("db")
    stage.settle()
    assert stage.started == ["db.0", "seed", "db.0"]


def test_a_manual_task_waits_for_its_needs():
    """A triggered task starts what it needs, and after it."""
    stage = Stage(listening("db", starts=False), task("seed", "db", manual=True))
    stage.turn("seed")
    stage.settle()
    assert stage.started == ["db.0", "seed"]


def test_an_earlier_houses_trigger_answers_none_of_this_one():
    """Turns are counted per house: the first trigger runs although an earlier house counted to one, too."""
    stage = Stage(task("seed", manual=True))
    stage.turn("seed")
    stage.settle()
    later = next_house(stage)
    later.settle()
    assert later.state("seed") == "stopped"
    later.turn("seed")
    later.settle()
    assert later.started == ["seed"]


def test_arguments_are_part_of_the_run():
    """Other arguments are another run, and reach it."""
    stage = Stage(task("seed", inputs=RULES, args=("10",)))
    job = stage.settle()
    stage.busy.add("seed")
    stage.wish(args={"seed": ("99",)})
    stage.turn("seed")
    found = stage.plan().jobs["run", "seed", 0]
    assert isinstance(found, RunTask)
    assert found.args == ("99",)
    assert job.decisions["seed"].completed


def test_missing_outputs_run_it_in_a_later_house():
    """A task whose output was removed is not skipped."""
    stage = Stage(task("install", inputs=RULES, outputs=("/repo/node_modules",)))
    stage.settle()
    later = next_house(stage)
    answer = later.plan()
    while ("inputs", "install", 0) not in answer.jobs:
        later._obey(answer)
        answer = later.plan()
    later.put(("inputs", "install", 0), Digested(answer.jobs["inputs", "install", 0].identity, "files-1", missing=True))
    later.settle()
    assert later.started == ["install"]
    assert later.state("install") == "completed"


def test_unreadable_inputs_are_a_failure():
    """Inputs that cannot be read are told, and looked at again after a save."""
    stage = Stage(task("install", inputs=RULES))
    answer = stage.plan()
    while ("inputs", "install", 0) not in answer.jobs:
        stage._obey(answer)
        answer = stage.plan()
    stage.put(
        ("inputs", "install", 0), Digested(answer.jobs["inputs", "install", 0].identity, error="lock cannot be read")
    )
    stage.settle()
    assert (stage.state("install"), stage.decision("install").detail) == ("failed", "lock cannot be read")
    stage.save("install")
    stage.settle()
    assert stage.state("install") == "completed"


def test_jobs_bound_what_runs_at_once():
    """No more than --jobs tasks and builds run at once; the rest say what they wait for."""
    stage = Stage(*(task(f"t{n}", build=n > 2) for n in range(4)), service("api", builds=("t3",)), jobs=2)
    stage.busy.update(f"t{n}" for n in range(4))
    answer = stage.settle()
    assert stage.started == ["t0", "t1"]
    assert answer.holds["t3"].reason == "waiting for a free place among the running tasks (--jobs)"
    assert stage.view("t3").detail == answer.holds["t3"].reason
    stage.finish("t1")
    stage.settle()
    assert stage.started == ["t0", "t1", "t2"]


def test_services_take_no_place_among_the_jobs():
    """--jobs bounds builds and tasks alone."""
    stage = Stage(*(service(f"s{n}") for n in range(4)), jobs=1)
    stage.settle()
    assert len(stage.started) == 4


def test_a_task_that_was_switched_off_midway_runs_again():
    """A run that we cut short says nothing about the task: switched on again, it starts anew."""
    stage = Stage(task("seed"))
    stage.busy.add("seed")
    stage.settle()
    stage.wish(enabled={"seed": False})
    stage.settle()
    assert stage.state("seed") == "disabled"
    stage.wish(enabled={})
    stage.settle()
    assert stage.started == ["seed", "seed"]


def test_a_manual_task_that_was_cut_short_waits_for_the_next_trigger():
    """A button is not pressed again by switching its task off and on."""
    stage = Stage(task("seed", manual=True))
    stage.busy.add("seed")
    stage.turn("seed")
    stage.settle()
    stage.wish(enabled={"seed": False})
    stage.settle()
    stage.wish(enabled={})
    stage.settle()
    assert (stage.started, stage.state("seed")) == (["seed"], "stopped")


def test_a_time_limit_is_told():
    """A task that its time limit ended says so."""
    stage = Stage(task("seed"))
    stage.busy.add("seed")
    stage.settle()
    run = stage.run("seed")
    ended = Ending(stage.now, signal="SIGTERM", timed_out=True)
    stage.put(("run", "seed", 0), Run(run.number, run.identity, started=0, ended=ended))
    assert stage.decision("seed").detail == "its time limit passed"


def test_a_remembered_success_of_another_definition_does_not_count():
    """A success is one of a definition: another stamp runs."""
    stage = Stage(task("install", inputs=RULES))
    stage.put(("done", "install", 0), Done("other", 5))
    stage.settle()
    done = stage.see.done("install")
    assert stage.started == ["install"]
    assert done is not None
    assert done.count == 6
