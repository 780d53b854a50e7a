"""Where a service runs, and that nobody else notices."""

import pytest
from sea import Sea, dockerfile, image
from stage import Stage, env_file, listening, ref, secret, service, task, tool

from homeport.model.cluster_jobs import Clear, Deploy, Forward, Relay, WatchCluster
from homeport.model.forwards import Forwarding
from homeport.model.parts import Need
from homeport.model.plan import RunService


@pytest.mark.parametrize(
    ("wished", "said", "default", "wish_for_all", "place"),
    [
        ("here", "kubernetes", "kubernetes", "kubernetes", "here"),
        ("", "here", "kubernetes", "kubernetes", "here"),
        ("", "", "kubernetes", "docker", "docker"),
        ("", "", "kubernetes", "", "kubernetes"),
        ("", "", "", "", "here"),
        ("kubernetes", "here", "", "", "kubernetes"),
    ],
)
def test_a_wish_for_one_comes_before_its_word_in_the_file_and_that_before_what_is_for_all(
    wished: str, said: str, default: str, wish_for_all: str, place: str
):
    """And of what is for all, the wish comes first again."""
    sea = Sea(service("api", container=image(), on=said), places={"api": wished, "": wish_for_all})
    sea.on(default)
    assert sea.see.place("api") == place


def test_what_cannot_be_a_container_stays_here():
    """Whatever is wished."""
    sea = Sea(service("api"))
    assert sea.see.place("api") == "here"
    assert sea.settle().decisions["api"].state == "starting"


def test_what_is_only_an_image_runs_in_docker_where_it_would_be_a_process():
    """And in a cluster when that is wished."""
    sea = Sea(service("api", run=None, container=image()), places={})
    assert sea.see.place("api") == "docker"
    sea.move(api="kubernetes")
    assert sea.see.place("api") == "kubernetes"


def test_what_lacks_its_program_runs_in_docker():
    """Once it is known that the program is not there, and with all that a container of it needs."""
    node = service("api", tools=("node",), container=image())
    sea = Sea(tool("node"), node, service("web", tools=("node",)), places={})
    sea.lost.add("node")
    answer = sea.settle()
    run = answer.jobs["run", "api", 0]
    assert isinstance(run, RunService)
    assert run.image == "demo/api:1"
    assert sea.state("web") == "waiting"


def test_an_image_that_is_made_is_waited_for_where_a_program_is_missing():
    """With and without memory the same."""
    sea = Sea(tool("node"), service("api", tools=("node",), container=dockerfile()), places={})
    sea.lost.add("node")
    sea.pass_time(1)
    assert sea.state("api") == "ready"
    assert sea.run("api").number == 1


def everybody(**more: object) -> Sea:
    """Return a store, what uses it, and what uses that, all in the cluster."""
    return Sea(
        listening("db", container=image()),
        listening("api", env={"DB": ref("db", "port:http")}, container=image()),
        listening("web", env={"API": ref("api", "port:http")}, container=image()),
        **more,
    )


def test_pods_are_not_applied_again_because_somebody_else_moves():
    """Their addresses are Services of the same names, whoever is behind them."""
    sea = everybody()
    sea.settle()
    assert sea.did(Deploy) == ["db", "api", "web"]
    for place in ("here", "docker", "kubernetes"):
        sea.move(db=place)
        sea.pass_time(5)
        assert [name for name in sea.did(Deploy) if name != "db"] == []
    assert sea.states() == {**sea.states(), "db": "ready", "api": "ready", "web": "ready"}


def test_processes_are_not_started_again_because_somebody_else_moves():
    """They see the same loopback ports, whoever listens there."""
    sea = everybody(places={})
    sea.pass_time(1)
    for place in ("kubernetes", "docker", "here"):
        sea.move(db=place)
        sea.pass_time(5)
    assert [sea.run(name).number for name in ("api", "web")] == [1, 1]


def test_a_forward_waits_for_the_process_to_leave_its_port():
    """A program that drains still listens there."""
    sea = Sea(listening("db", container=image()), places={})
    sea.slow.add("db")
    sea.pass_time(1)
    sea.move(db="kubernetes")
    sea.settle()
    assert sea.did(Forward) == []
    assert sea.decision("db").hold is not None
    sea.gone("db")
    sea.settle()
    assert sea.did(Forward) == ["db"]
    assert sea.state("db") == "ready"


def test_a_process_waits_for_the_forward_to_end():
    """The loopback port is taken until then."""
    sea = Sea(listening("db", container=image()))
    sea.settle()
    sea.move(db="here")
    answer = sea.plan()
    assert ("run", "db", 0) not in answer.jobs
    assert answer.holds["db"].reason == "its forward into the cluster is ending"
    sea.put(("forward", "db", 0), Forwarding(""))
    assert ("run", "db", 0) in sea.plan().jobs


def test_what_pods_use_of_this_machine_is_relayed():
    """By the port that they know, to the leased one; what they do not use is not."""
    sea = everybody()
    sea.move(db="here", web="here")
    sea.pass_time(1)
    assert sea.job(Relay).services == {"db": ((8000, 9000),)}


def test_a_relay_outlives_a_silence_of_the_cluster():
    """Tunnels that work are not torn down because a watch is not heard."""
    sea = everybody()
    sea.move(db="here")
    sea.pass_time(1)
    before = sea.job(Relay)
    sea.link(ok=False, down="no answer within 10 s")
    assert sea.job(Relay) == before


def test_pods_wait_for_no_task_that_stays_here():
    """It prepares this machine; only a container that says so itself waits for it."""
    prepares = task("install")
    sea = Sea(prepares, service("api", "install", container=image()))
    sea.sick.add("install")
    sea.settle()
    assert sea.state("api") == "ready"
    asked = Sea(prepares, service("api", "install", container=image(needs=(Need("install"),))))
    asked.sick.add("install")
    asked.settle()
    assert asked.state("api") == "waiting"


def test_nothing_is_applied_before_what_it_needs_is_ready():
    """Whether that is a pod, a process or a task."""
    sea = Sea(
        listening("db", container=image()),
        task("migrate", "db"),
        service("api", "db", container=image(needs=(Need("migrate"),))),
    )
    sea.unready_pods.add("db")
    sea.settle()
    assert sea.did(Deploy) == ["db"]
    sea.unready_pods.clear()
    sea.roll("db", sea.rollout("db").digest)
    sea.settle()
    assert sea.did(Deploy) == ["api"]
    assert sea.started == ["migrate"]


def test_secrets_that_pods_use_are_there_before_them():
    """One that cannot be read holds those pods back, and says which it is."""
    sea = Sea(secret("key"), env_file(".env"), service("api", container=image(env={"K": ref("key", "value")})))
    sea.broken.add("key")
    sea.settle()
    assert sea.did(Deploy) == []
    hold = sea.decision("api").hold
    assert hold is not None
    assert hold.cause == "key"


def test_a_stack_of_this_machine_asks_no_cluster():
    """Nobody needs one for that."""
    sea = Sea(service("api", container=image()), places={})
    sea.pass_time(1)
    assert sea.did(WatchCluster) == []


def test_who_leaves_the_cluster_is_removed_from_it():
    """Once, and the Services that the relay stands for stay."""
    sea = everybody()
    sea.settle()
    sea.move(db="here")
    sea.pass_time(10)
    jobs = [job for job in sea.done_jobs if isinstance(job, Clear)]
    assert [(job.names, job.relayed) for job in jobs] == [(("db",), ("db",))]
    assert not any(isinstance(job, Clear) for job in sea.plan().jobs.values())


def test_what_a_relay_will_stand_for_is_not_removed_before():
    """A new house knows no ports yet, and the Services of the one before are there."""
    sea = everybody()
    sea.move(db="here")
    sea.pass_time(1)
    ports = sea.see.facts["db"]
    sea.see = type(sea.see)(**{
        **{name: getattr(sea.see, name) for name in sea.see.__struct_fields__},
        "facts": {**sea.see.facts, "db": {key: fact for key, fact in ports.items() if key[0] != "ports"}},
    })  # fmt: skip
    assert not any(isinstance(job, Clear) for job in Stage.plan(sea).jobs.values())


def test_what_cannot_be_removed_is_tried_again_but_not_all_the_time():
    """Every two seconds, as long as the cluster says that it is there."""
    sea = everybody()
    sea.settle()
    sea.did(Clear)
    sea.wish(enabled={"web": False})
    after = sea._after
    sea._after = lambda job: None if isinstance(job, Clear) else after(job)  # type: ignore[method-assign]
    sea.pass_time(9)
    assert 3 <= len(sea.did(Clear)) <= 6
