"""When a running service is replaced, and when it is left alone."""

from typing import Any

import pytest
from msgspec.structs import replace
from stage import RULES, Stage, env_file, listening, option, ref, secret, service, task

from homeport.model.parts import CommandProbe, Exec, Files, HttpProbe, Link, Need, Restart, Where
from homeport.model.plan import ProbeRun, WatchFiles


def test_a_save_replaces_only_who_matches():
    """Only services whose rules matched are replaced, with another identity and the next number."""
    stage = Stage(service("api", reload=RULES), service("web", reload=RULES))
    stage.settle()
    before = stage.run("api").identity
    stage.save("api")
    stage.settle()
    assert (stage.run("api").number, stage.run("web").number) == (2, 1)
    assert stage.run("api").identity != before


def test_a_successor_waits_for_the_end_of_its_predecessor():
    """While the old program drains there is no second one, and saves meanwhile make no difference."""
    stage = Stage(listening("api", reload=RULES))
    stage.slow.add("api")
    stage.settle()
    for _ in range(3):
        stage.save("api")
        stage.settle()
    assert stage.started == ["api.0"]
    stage.gone("api")
    stage.settle()
    assert stage.started == ["api.0", "api.0"]
    assert stage.run("api").number == 2
    stage.pass_time(10)
    assert stage.run("api").number == 2


def test_a_save_restarts_in_an_order_safe_for_needs():
    """Saved together, the dependent runs on until its need is ready again, and is replaced after it."""
    stage = Stage(listening("db", reload=RULES), listening("api", "db", reload=RULES))
    stage.settle()
    stage.sick.add("db")
    stage.save("db", "api")
    stage.settle()
    assert (stage.run("db").number, stage.run("api").number) == (2, 1)
    assert stage.decision("api").stale == "waiting for db, which is starting"
    stage.sick.clear()
    stage.settle()
    assert (stage.run("db").number, stage.run("api").number) == (2, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"at": Where("stack.py", 99)},
        {"links": (Link("docs", "http://localhost/docs"),)},
        {"groups": ("backend",)},
        {"reload": (Files("/repo", ("*.txt",)),)},
        {"restart": Restart("never")},
        {"ready": HttpProbe("/healthz")},
        {"live": HttpProbe("/livez")},
        {"needs": (Need("db"),)},
        {"starts": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_a_program_does_not_feel_does_not_restart_it(change: dict[str, Any]):
    """Line numbers, links, groups, rules, policies, probes and needs are no part of the program."""
    db, api = listening("db"), listening("api")
    stage = Stage(db, api, enabled={"api": True})
    stage.settle()
    stage.declare(db, replace(api, **change))
    stage.settle()
    assert stage.run("api").number == 1
    assert stage.run("api").alive


@pytest.mark.parametrize(
    "change",
    [{"run": Exec(("other",))}, {"cwd": "/elsewhere"}, {"env": {"A": "1"}}, {"tty": True}],
    ids=lambda change: next(iter(change)),
)
def test_what_a_program_is_made_of_restarts_it(change: dict[str, Any]):
    """Another command, folder, environment or terminal is another program."""
    api = listening("api")
    stage = Stage(api)
    stage.settle()
    stage.declare(replace(api, **change))
    stage.settle()
    assert stage.run("api").number == 2


def test_another_probe_is_watched_without_a_restart():
    """A probe that changed is another probe job on the same run."""
    api = listening("api")
    stage = Stage(api)
    before = stage.settle().jobs["health", "api", 0]
    stage.declare(replace(api, ready=HttpProbe("/healthz")))
    after = stage.settle().jobs["health", "api", 0]
    assert isinstance(after, ProbeRun)
    assert (after.number, after.identity != before.identity) == (1, True)


def test_a_secret_that_changed_replaces_who_uses_it():
    """Who was told a secret is replaced when it has another value; others are not."""
    stage = Stage(secret("key"), service("api", env={"KEY": ref("key", "value:value")}), service("web"))
    stage.settle()
    stage.values = "value-2"
    stage.save("")
    stage.settle()
    assert (stage.run("api").number, stage.run("web").number) == (2, 1)


def test_a_settings_file_that_changed_replaces_who_uses_it():
    """Who gets a ``.env`` file is replaced when one of its values is another one."""
    stage = Stage(env_file(".env"), service("api", env_files=(".env",)))
    stage.settle()
    stage.save("")
    stage.settle()
    assert stage.run("api").number == 1
    stage.values = "value-2"
    stage.save("")
    stage.settle()
    assert stage.run("api").number == 2


def test_a_broken_settings_file_keeps_what_runs():
    """While a ``.env`` file cannot be read nothing starts on it, and what runs goes on."""
    stage = Stage(env_file(".env"), service("api", env_files=(".env",)))
    stage.settle()
    stage.broken.add(".env")
    stage.save("")
    stage.settle()
    assert stage.run("api").alive
    assert stage.state(".env") == "failed"
    stage.crash("api")
    stage.pass_time(10)
    assert stage.state("api") == "waiting"


def test_a_secret_behind_a_soft_reference_is_loaded_all_the_same():
    """Only an address can be used without a need: a secret in it must be known before the start."""
    stage = Stage(secret("key"), service("api", env={"URL": ref("key", "value:value", soft=True)}))
    answer = stage.plan()
    assert ("run", "api", 0) not in answer.jobs
    stage.settle()
    assert stage.run("api").alive


def test_an_option_replaces_who_uses_it():
    """Another value of an option is another program; without any value it waits."""
    stage = Stage(option("mode"), service("api", env={"MODE": ref("mode", "value")}))
    answer = stage.settle()
    assert stage.states() == {"mode": "failed", "api": "waiting"}
    assert answer.holds["mode"].reason == "option 'mode' has no value; give one with `--set mode=VALUE`"
    for number, mode in enumerate(("slow", "fast"), 1):
        stage.wish(options={"mode": mode})
        stage.settle()
        assert stage.run("api").number == number


def test_a_failing_build_leaves_the_program_alone():
    """While a build runs or fails the old program runs; its next success replaces it, once."""
    stage = Stage(task("compile", build=True, inputs=RULES), listening("api", builds=("compile",), reload=RULES))
    stage.settle()
    assert stage.started == ["compile", "api.0"]
    stage.sick.add("compile")
    stage.files = "files-2"
    stage.save("compile", "api")
    stage.settle()
    assert (stage.run("compile").number, stage.run("api").number) == (2, 1)
    view = stage.view("api")
    assert view.state == "ready"
    assert view.stale == "waiting for compile, which is failed"
    assert view.tail == ("line 1", "line 2")
    stage.sick.clear()
    stage.files = "files-3"
    stage.save("compile", "api")
    stage.settle()
    assert (stage.run("compile").number, stage.run("api").number) == (3, 2)
    assert stage.view("api").stale == ""


def test_a_build_runs_while_the_old_program_serves():
    """During a build the service stays ready."""
    stage = Stage(task("compile", build=True, inputs=RULES), listening("api", builds=("compile",)))
    stage.settle()
    stage.busy.add("compile")
    stage.files = "files-2"
    stage.save("compile")
    stage.settle()
    assert stage.states() == {"compile": "building", "api": "ready"}
    stage.finish("compile")
    stage.settle()
    assert stage.run("api").number == 2


def test_a_first_start_waits_for_its_build():
    """Nothing starts on a build that never succeeded."""
    stage = Stage(task("compile", build=True), service("api", builds=("compile",)))
    stage.sick.add("compile")
    stage.settle()
    assert stage.states() == {"compile": "failed", "api": "waiting"}


def test_a_node_that_left_the_file_ends_and_may_come_back():
    """Removed from the file it ends; added again it starts after the old program has gone."""
    stage = Stage(service("api"), service("web"))
    stage.settle()
    stage.slow.add("web")
    stage.declare(service("api"))
    stage.settle()
    assert stage.run("web").stopping
    stage.declare(service("api"), service("web"))
    stage.settle()
    assert stage.run("web").number == 1
    stage.gone("web")
    stage.settle()
    assert stage.run("web").number == 2


def test_the_watch_is_one_job_whatever_its_rules():
    """Other rules reach the same watching job, so that no save falls between two watches."""
    api = service("api", reload=RULES)
    stage = Stage(api)
    before = stage.settle().jobs["watch", "", 0]
    stage.declare(api, service("web", reload=RULES))
    after = stage.settle().jobs["watch", "", 0]
    assert isinstance(before, WatchFiles)
    assert isinstance(after, WatchFiles)
    assert before.identity == after.identity
    assert before.version != after.version
    assert set(after.rules) == {"api", "web"}


def test_a_probe_command_may_use_references():
    """What a probe refers to is known before its program starts."""
    probe = CommandProbe(Exec(("check", ref("key", "value:value"))))
    stage = Stage(secret("key"), service("api", ready=probe))
    assert ("run", "api", 0) not in stage.plan().jobs
    stage.settle()
    assert stage.state("api") == "ready"


def test_a_name_may_change_its_kind():
    """A task that became a service, or the reverse, first ends what still runs of it, whatever it waits for itself."""
    stage = Stage(service("x"), listening("db"))
    stage.sick.add("db")
    stage.settle()
    stage.declare(task("x", "db"), listening("db"))
    stage.settle()
    assert not stage.run("x").alive
    assert stage.state("x") == "waiting"
    stage.busy.add("x")
    stage.sick.clear()
    stage.settle()
    stage.sick.add("db")
    stage.unready("db")
    stage.declare(service("x", "db"), listening("db"))
    stage.settle()
    assert not stage.run("x").alive
    assert stage.state("x") == "waiting"
