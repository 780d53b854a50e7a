"""What people see."""

from msgspec.structs import replace
from stage import RULES, Stage, listening, ref, secret, service, task, tool

from homeport.model.facts import Blind, Changed, Ending, Health, Leased, Run, Watching
from homeport.model.parts import Link
from homeport.model.values import Ref, Text
from homeport.plan.reasons import why
from homeport.plan.views import is_settled


def test_states_follow_a_life():
    """A state names what is going on, from waiting to stopped, and never what is only planned."""
    stage = Stage(listening("db"), listening("api", "db"))
    told = [stage.view("api").state]
    stage.sick.update(("db", "api"))
    stage.settle()
    told.append(stage.view("api").state)
    stage.sick.discard("db")
    stage.settle()
    told.append(stage.view("api").state)
    stage.sick.discard("api")
    stage.settle()
    told.append(stage.view("api").state)
    stage.unready("api")
    told.append(stage.view("api").state)
    stage.crash("api")
    told.append(stage.view("api").state)
    stage.slow.add("db")
    stage.close()
    stage.settle()
    told.append(stage.view("db").state)
    stage.gone("db")
    told.append(stage.view("db").state)
    expected = ["waiting", "waiting", "starting", "ready", "unready", "restarting", "stopping", "stopped"]
    assert told == expected


def test_the_probes_complaint_is_the_detail():
    """While it starts or is unready, a service shows what its probe last said."""
    stage = Stage(listening("api"))
    stage.sick.add("api")
    stage.settle()
    stage.put(("health", "api", 0), Health(1, reason="connection refused on port 9000"))
    assert stage.view("api").detail == "connection refused on port 9000"


def test_an_old_runs_health_says_nothing_of_a_new_one():
    """Facts speak of one run: a new run is not ready because the last one was."""
    stage = Stage(listening("api"), service("web", "api"))
    stage.settle()
    stage.sick.add("api")
    stage.turn("api")
    stage.settle()
    assert stage.see.health("api").ready
    assert stage.view("api").state == "starting"


def test_replicas_are_shown_one_by_one():
    """Each replica has its state, number, pid and ports; the service is as well as its worst."""
    stage = Stage(listening("api", replicas=2))
    stage.settle()
    stage.crash("api", 1)
    view = stage.view("api")
    assert (view.state, view.ready_replicas, view.wanted_replicas) == ("restarting", 1, 2)
    assert [(r.state, r.run, r.pid, r.ports) for r in view.replicas] == [
        ("ready", 1, 100, {"http": 9010}),
        ("restarting", 1, None, {"http": 9020}),
    ]
    assert view.ports == {"http": 9000}


def test_restarts_are_counted():
    """The number of restarts is the number of runs after the first."""
    stage = Stage(listening("api"))
    stage.settle()
    for _ in range(2):
        stage.crash("api")
        stage.pass_time(2)
    assert stage.view("api").restarts == 2


def test_a_signal_is_told_by_name():
    """Who was killed says by which signal."""
    stage = Stage(service("api"), give_up=1)
    stage.settle()
    run = stage.run("api")
    stage.put(("run", "api", 0), replace(run, ended=Ending(0, signal="SIGSEGV")))
    assert stage.view("api").detail == "it ended once in a row (killed by SIGSEGV)"


def test_links_are_resolved_and_secrets_hidden():
    """A link shows addresses as they are, and never a secret."""
    url = Text(("http://", Ref("", "host"), ":", Ref("api", "port:http"), "/?k=", Ref("key", "value:value")))
    stage = Stage(secret("key"), listening("api", links=(Link("api", url), Link("docs", "http://docs"))))
    assert stage.view("api").links == {"api": "http://127.0.0.1:?/?k=[hidden]", "docs": "http://docs"}
    stage.settle()
    assert stage.view("api").links["api"] == "http://127.0.0.1:9000/?k=[hidden]"


def test_a_link_to_another_service_is_drawn_again_with_its_port():
    """A view shows another node's port anew when that changes."""
    url = Text(("http://127.0.0.1:", Ref("db", "port:http")))
    stage = Stage(listening("db"), service("api", links=(Link("db", url),)))
    stage.settle()
    assert stage.view("api").links["db"] == "http://127.0.0.1:9000"
    leased = stage.see.ports("db")
    assert leased is not None
    stage.put(("ports", "db", 0), Leased(leased.identity, {"http": 1234}, leased.own))
    assert stage.view("api").links["db"] == "http://127.0.0.1:1234"


def test_why_follows_the_causes_down():
    """The chain goes from a node to what holds it, down to the cause."""
    stage = Stage(tool("node"), task("install", tools=("node",)), listening("web", "install"), service("e2e", "web"))
    stage.lost.add("node")
    answer = stage.settle()
    assert [(name, hold.reason) for name, hold in why("e2e", answer)] == [
        ("e2e", "waiting for web, which is waiting"),
        ("web", "waiting for install, which is waiting"),
        ("install", "waiting for node, which is failed"),
        ("node", "it is not here"),
    ]


def test_why_of_what_is_well_says_so():
    """Nothing holds what is ready."""
    stage = Stage(listening("api"))
    answer = stage.settle()
    assert [hold.reason for _, hold in why("api", answer)] == ["it is ready"]
    assert list(why("ghost", answer)) == []


def test_why_of_an_old_program_names_the_failed_build():
    """A program that runs on an older build leads to the build that failed."""
    stage = Stage(task("compile", build=True, inputs=RULES), listening("api", builds=("compile",), reload=RULES))
    stage.settle()
    stage.sick.add("compile")
    stage.files = "files-2"
    stage.save("compile", "api")
    assert [name for name, _ in why("api", stage.settle())] == ["api", "compile"]


def test_why_of_a_program_whose_newest_build_failed_names_it():
    """Also where nothing but the build watches the sources: the program is ready, but not as new as they are."""
    stage = Stage(task("compile", build=True, inputs=RULES), listening("api", builds=("compile",)))
    stage.settle()
    stage.sick.add("compile")
    stage.files = "files-2"
    stage.save("compile")
    chain = list(why("api", stage.settle()))
    assert [name for name, _ in chain] == ["api", "compile"]
    assert chain[0][1].reason == "it runs on its last good build, because compile failed"


def test_a_house_is_settled_when_nothing_is_on_its_way():
    """Starting, building, restarting and stopping are on their way; ready, completed and failed last."""
    stage = Stage(task("seed"), listening("api", "seed"))
    assert not is_settled(stage.plan())
    stage.busy.add("seed")
    assert not is_settled(stage.settle())
    stage.finish("seed")
    assert is_settled(stage.settle())
    stage.crash("api")
    assert not is_settled(stage.settle())


def test_who_waits_for_a_failure_is_settled():
    """What waits for something that failed for good has nothing to hope for: the house rests."""
    stage = Stage(task("seed"), listening("api", "seed"), service("web", "api"))
    stage.sick.add("seed")
    assert is_settled(stage.settle())
    assert stage.states() == {"seed": "failed", "api": "waiting", "web": "waiting"}


def test_a_file_that_is_read_again_is_on_its_way():
    """A saved stack file keeps the house from being settled until it was read."""
    stage = Stage(listening("api"))
    stage.settle()
    stage.save("")
    assert not is_settled(stage.plan())
    assert is_settled(stage.settle())


def test_a_service_is_building_while_its_first_build_runs():
    """Waiting for its own build, a service says that it is building."""
    stage = Stage(task("compile", build=True), service("api", builds=("compile",)))
    stage.busy.add("compile")
    stage.settle()
    assert stage.view("api").state == "building"
    assert stage.view("compile").state == "building"


def test_what_runs_and_is_not_wanted_any_more_is_stopping():
    """A program that drains is stopping, whatever nobody wants any more."""
    stage = Stage(listening("api"), task("seed"))
    stage.busy.add("seed")
    stage.slow.update(("api", "seed"))
    stage.settle()
    stage.wish(enabled={"api": False, "seed": False})
    stage.settle()
    assert {stage.view("api").state, stage.view("seed").state} == {"stopping"}
    stage.gone("api")
    assert stage.view("api").state == "disabled"


def test_a_note_of_a_run_is_shown():
    """What a run has to tell about itself is on its view."""
    stage = Stage(service("api", env={"A": ref("", "host")}))
    stage.settle()
    run = stage.run("api")
    assert isinstance(run, Run)
    stage.put(("run", "api", 0), replace(run, note="redis stands in for valkey"))
    assert stage.view("api").note == "redis stands in for valkey"


def test_whose_saves_are_not_seen_is_told_where_it_matters():
    """A watch that cannot be placed is told beside each node that has rules, with what to do, and as its cause."""
    stage = Stage(service("api", reload=RULES), service("db"))
    stage.settle()
    known = stage.see.fact(("watch", "", 0), Watching)
    stage.put(("watch", "", 0), Watching(known.identity, error="too many watches", hint="raise the limit"))
    told = "its saves are not seen: too many watches; raise the limit"
    assert (stage.view("api").stale, stage.view("db").stale) == (told, "")
    assert [hold.reason for _, hold in why("api", stage.plan())] == [told]
    stage.put(("watch", "", 0), Watching(known.identity, ready=True))
    assert stage.view("api").stale == ""


def test_only_who_is_not_seen_says_so():
    """A watch that has no room for some tells it beside those alone, and as their cause."""
    stage = Stage(service("api", reload=RULES), service("web", reload=RULES))
    stage.settle()
    known = stage.see.fact(("watch", "", 0), Watching)
    unseen = {"web": Blind("too many watches", "raise the limit")}
    stage.put(("watch", "", 0), Watching(known.identity, ready=True, unseen=unseen))
    told = "its saves are not seen: too many watches; raise the limit"
    assert (stage.view("api").stale, stage.view("web").stale) == ("", told)
    assert [hold.reason for _, hold in why("web", stage.plan())] == [told]
    assert told not in [hold.reason for _, hold in why("api", stage.plan())]


def test_saves_that_were_missed_are_told_until_the_next_ones():
    """Who was taken for changed because events were lost says so, until a save is seen again."""
    stage = Stage(service("api", reload=RULES))
    stage.settle()
    stage.put(("changed", "api", 0), Changed(1, lost="saves were missed"))
    stage.settle()
    assert stage.view("api").note == "saves were missed"
    stage.put(("changed", "api", 0), Changed(2))
    stage.settle()
    assert stage.view("api").note == ""
