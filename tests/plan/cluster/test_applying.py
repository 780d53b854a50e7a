"""When objects are applied, again or not, and when a service in a cluster is ready."""

from typing import Any

import pytest
from msgspec.structs import replace
from sea import Sea, image
from stage import RULES, listening, option, ref, secret, service, task

from homeport.model.cluster_jobs import Deploy, DeployCommon, Explain, FollowPod, Forward, RunPodTask, Unblock
from homeport.model.forwards import Forwarding
from homeport.model.instants import SECOND
from homeport.model.parts import Need, Port, Restart, TcpProbe, Where
from homeport.model.rollouts import Rollout, Tail
from homeport.model.shipped import Deployed, Present
from homeport.plan.views import is_settled

API = service("api", container=image())


def again(sea: Sea, other: Any) -> list[str]:
    """Return who is applied anew when ``api`` is declared in another way."""
    sea.settle()
    sea.did(Deploy)
    sea.declare(other)
    sea.settle()
    return sea.did(Deploy)


@pytest.mark.parametrize(
    "changes",
    [
        {"reload": RULES},
        {"at": Where("other.py", 9)},
        {"groups": ("back",)},
        {"starts": False},
    ],
)
def test_what_matters_to_no_pod_applies_nothing(changes: dict[str, Any]):
    """Where it stands in the file, what is watched for it here, groups."""
    assert again(Sea(API, selected=frozenset({"api"})), replace(API, **changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"container": image("demo/api:2")},
        {"container": image(env={"A": "1"})},
        {"replicas": 2},
        {"env": {"A": "1"}},
        {"ports": (Port("http", 8000),)},
        {"ready": TcpProbe()},
        {"container": image(live=TcpProbe())},
        {"restart": Restart(policy="never")},
    ],
)
def test_what_matters_to_pods_applies_them_anew(changes: dict[str, Any]):
    """Image, environment, number, ports, probes."""
    assert again(Sea(API), replace(API, **changes)) == ["api"]


def test_wishes_that_matter_to_pods_apply_them_anew():
    """Their number, an option that they use, and a restart, which alone takes fields of others over."""
    sea = Sea(option("mode", "x"), service("api", env={"M": ref("mode", "value")}, container=image()))
    sea.settle()
    sea.did(Deploy)
    for wish in ({"replicas": {"api": 3}}, {"options": {"mode": "y"}}):
        sea.wish(**wish)
        sea.settle()
        assert sea.did(Deploy) == ["api"]
        assert sea.state("api") == "ready"
    sea.turn("api")
    sea.settle()
    job = next(job for job in sea.done_jobs if isinstance(job, Deploy))
    assert (job.turn, job.force) == ("h1/1/", True)


def test_another_value_of_a_secret_brings_it_and_then_the_pods():
    """What all share first."""
    sea = Sea(secret("key"), service("api", container=image(env={"K": ref("key", "value:value")})))
    sea.settle()
    sea.did(DeployCommon)
    sea.did(Deploy)
    sea.values = "value-2"
    sea.save("")
    sea.pass_time(1)
    assert sea.did(DeployCommon) == [""]
    assert sea.did(Deploy) == ["api"]


def test_a_rollout_of_something_older_is_not_ready():
    """Until the cluster tells of what was applied last."""
    sea = Sea(API)
    sea.deaf.add("api")
    sea.settle()
    assert (sea.state("api"), sea.decision("api").detail) == ("starting", "was applied")
    sea.roll("api", "of something else")
    assert sea.state("api") == "starting"
    sea.roll("api", sea.see.facts["api"]["deploy", 0].digest)  # type: ignore[union-attr]
    assert sea.state("api") == "ready"


def test_a_refusal_that_may_pass_is_tried_again_after_two_seconds():
    """And not before; who refused is told meanwhile."""
    sea = Sea(API)
    sea.refused["api"] = Deployed("", error="too many requests", passing=True)
    sea.settle()
    assert sea.state("api") == "restarting"
    sea.did(Deploy)
    sea.pass_time(1.9)
    assert sea.did(Deploy) == []
    sea.pass_time(0.1)
    assert sea.did(Deploy) == ["api"]
    sea.refused.clear()
    sea.pass_time(2)
    assert sea.state("api") == "ready"


def test_any_other_refusal_is_held_until_something_changes():
    """With its sentence and the next step; it counts as settled."""
    sea = Sea(API)
    sea.refused["api"] = Deployed("", error="no right to do that", hint="ask for it")
    answer = sea.pass_time(60)
    assert sea.did(Deploy) == ["api"]
    assert answer.holds["api"].reason == "no right to do that; ask for it"
    assert is_settled(answer)
    sea.refused.clear()
    sea.turn("api")
    sea.settle()
    assert sea.state("api") == "ready"


def test_a_fixed_object_that_somebody_removed_is_made_anew():
    """As the hint of the refusal says: it is gone, and so is what was in the way."""
    sea = Sea(API)
    sea.settle()
    sea.refused["api"] = Deployed("", error="the StatefulSet cannot be changed in this way", hint="delete it")
    sea.declare(replace(API, env={"A": "1"}))
    sea.pass_time(10)
    assert sea.state("api") == "failed"
    sea.refused.clear()
    sea.delete("api")
    sea.pass_time(5)
    assert sea.state("api") == "ready"


def test_what_was_deleted_behind_our_back_is_applied_again():
    """Not only workloads: a Service that is gone is missed as well."""
    sea = Sea(API, service("web", container=image()))
    sea.pass_time(10)
    sea.done_jobs.clear()
    sea.delete("api")
    sea.pass_time(5)
    assert sea.did(Deploy) == ["api"]
    assert sea.state("api") == "ready"


def test_a_namespace_that_was_deleted_is_made_again_before_what_was_in_it():
    """And nothing of it is tried all the time."""
    sea = Sea(API, service("web", container=image()))
    sea.pass_time(10)
    sea.done_jobs.clear()
    sea.delete("api", "web")
    sea.settle()
    order = [type(job).__name__ for job in sea.done_jobs if isinstance(job, Deploy | DeployCommon)]
    assert order == ["DeployCommon", "Deploy", "Deploy"]
    assert sea.states() == {**sea.states(), "api": "ready", "web": "ready"}


def test_after_a_deletion_the_order_of_need_holds_again():
    """Also for who needs a task alone: what stood on a database that is gone has to stand on the new one first."""
    sea = Sea(
        listening("db", keeps="folder", container=image()),
        task("migrate", "db", container=image()),
        service("api", "migrate", container=image()),
        service("web", "api", container=image()),
    )
    sea.pass_time(10)
    assert set(sea.states().values()) == {"ready", "completed"}
    sea.done_jobs.clear()
    sea.unready_pods.add("db")
    sea.delete("db", "migrate", "api", "web")
    sea.pass_time(5)
    assert sea.did(Deploy) == ["db"]
    assert sea.plan().holds["api"].reason == "waiting for migrate, which is waiting"
    sea.unready_pods.clear()
    sea.roll("db", sea.rollout("db").digest)
    sea.pass_time(5)
    assert [job.key[1] for job in sea.done_jobs if isinstance(job, Deploy | RunPodTask)] == ["migrate", "api", "web"]
    assert set(sea.states().values()) == {"ready", "completed"}


def test_who_lost_less_than_its_pods_waits_for_nobody():
    """A Service that is gone is brought back at once, whatever its need does: the pods run on."""
    sea = Sea(listening("db", container=image()), service("api", "db", container=image()))
    sea.pass_time(10)
    sea.done_jobs.clear()
    sea.pods("db", complete=False, ready=0)
    present = sea.see.fact(("present", "", 0), Present)
    assert present is not None
    sea.put(("present", "", 0), Present({**present.nodes, "api": ("Deployment",)}))
    sea.pass_time(5)
    assert sea.did(Deploy) == ["api"]


def test_what_stays_away_is_applied_every_two_seconds_at_most():
    """However often the cluster loses it."""
    sea = Sea(API)
    sea.pass_time(10)
    sea.done_jobs.clear()
    after = sea._after
    sea._after = lambda job: None if isinstance(job, Deploy) else after(job)  # type: ignore[method-assign]
    sea.delete("api")
    sea.pass_time(20)
    assert 5 <= len(sea.did(Deploy)) <= 11
    assert len(sea.did(DeployCommon)) <= 11


def test_what_all_share_is_tried_again():
    """Soon for what may pass; now and then for what people have to mend, which counts as settled."""
    sea = Sea(API)
    sea.refused[""] = Deployed("", error="being terminated", passing=True)
    sea.settle()
    assert sea.state("api") == "waiting"
    sea.pass_time(2)
    assert len(sea.did(DeployCommon)) == 2
    sea.refused[""] = Deployed("", error="the namespace belongs to somebody else", hint="name another")
    answer = sea.pass_time(2)
    assert sea.state("api") == "failed"
    assert is_settled(answer)
    assert answer.holds["api"].reason == "the namespace belongs to somebody else; name another"
    sea.did(DeployCommon)
    sea.pass_time(20)
    assert sea.did(DeployCommon) == []
    sea.refused.clear()
    sea.pass_time(15)
    assert sea.state("api") == "ready"


def test_a_cluster_that_is_not_there_fails_whoever_runs_in_it():
    """With the reason; nobody waits for it."""
    sea = Sea(API)
    sea.quiet = True
    answer = sea.settle()
    assert (sea.state("api"), answer.holds["api"].reason) == ("failed", "nobody is there")
    assert is_settled(answer)


def test_a_silent_cluster_leaves_everything_as_it_is():
    """What was known is shown as doubtful, and nothing is applied or taken down."""
    sea = Sea(listening("api", container=image()))
    sea.settle()
    before = sea.plan().jobs.keys()
    sea.link(ok=False, down="no answer within 10 s")
    assert sea.state("api") == "unready"
    assert "no answer within 10 s" in sea.decision("api").detail
    assert sea.plan().jobs.keys() == before
    sea.link(ok=True, down="")
    assert sea.state("api") == "ready"


def test_another_cluster_is_begun_from_nothing():
    """What is known of the first one counts no more, not for a moment: nothing is applied until the second is there."""
    sea = Sea(API)
    sea.settle()
    sea.done_jobs.clear()
    sea.quiet = True
    sea.wish(site=sea.see.graph.site.__class__("other"))
    answer = sea.plan()
    assert not any(isinstance(job, Deploy | DeployCommon | Forward | FollowPod) for job in answer.jobs.values())
    sea.quiet = False
    sea.settle()
    assert sea.did(Deploy) == ["api"]


def test_the_numbers_of_a_rollout_decide():
    """Ready with the first new pod; complete when all are there and no older one is left; scaled to none is stopped."""
    sea = Sea(replace(API, replicas=2))
    sea.unready_pods.add("api")
    sea.settle()
    decision = sea.decision("api")
    assert (decision.state, decision.ready, decision.started) == ("starting", False, True)
    found = sea.rollout("api")
    sea.pods("api", sea.pod("api", "new", current=True), sea.pod("api", "old", current=False), ready=1, serving=2)
    decision = sea.decision("api")
    assert (decision.state, decision.ready) == ("starting", True)
    sea.pods("api", *found.pods, complete=True, ready=2, serving=2)
    sea.unready_pods.clear()
    sea.wish(replicas={"api": 0})
    sea.settle()
    assert sea.state("api") == "stopped"


def test_a_failed_rollout_is_told_with_its_reason_and_last_words():
    """Read once for each failure."""
    sea = Sea(API)
    sea.unready_pods.add("api")
    sea.settle()
    found = sea.rollout("api")
    tail = Tail(found.pods[0].name, "api", previous=True)
    sea.pods("api", *found.pods, failure="its program ends again and again", hint="see its log", tail=tail)
    sea.settle()
    decision = sea.decision("api")
    assert (decision.state, decision.detail) == ("failed", "its program ends again and again; see its log")
    assert sea.view("api").tail == ("last words",)
    assert sea.did(Explain) == ["api"]
    sea.settle()
    assert sea.did(Explain) == []


@pytest.mark.parametrize(("clinging", "state"), [("", "starting"), ("you may not", "failed")])
def test_a_pod_in_the_way_is_deleted_once(clinging: str, state: str):
    """It is no failure meanwhile; when it cannot be deleted, people are told to."""
    sea = Sea(API)
    sea.settle()
    sea.clinging = clinging
    old = sea.pod("api", "api-0", ready=False, current=False)
    advice = {"failure": 'the earlier pod "api-0" never gets ready', "hint": "delete it"}
    sea.pods("api", old, complete=False, ready=0, blocking="api-0", **advice)
    assert [job.uid for job in sea.plan().jobs.values() if isinstance(job, Unblock)] == ["uid-api-0"]
    assert sea.state("api") == "starting"
    sea.settle()
    assert sea.did(Unblock) == ["api"]
    assert sea.state("api") == state
    assert not any(isinstance(job, Unblock) for job in sea.plan().jobs.values())


def test_a_service_is_ready_when_its_forward_is():
    """Its loopback port is as good as that of a process."""
    sea = Sea(listening("api", container=image()))
    sea.settle()
    known = sea.see.fact(("forward", "api", 0), Forwarding)
    assert known is not None
    sea.put(
        ("forward", "api", 0), replace(known, error="port 9000 is taken by pid 7", hint="end it", offered=known.pods)
    )
    decision = sea.decision("api")
    assert (decision.state, decision.ready) == ("failed", False)
    assert decision.detail == "port 9000 is taken by pid 7; end it"


def test_connections_go_to_ready_pods_of_the_newest_kind():
    """Older ones only while none of these is ready; never to one that leaves."""
    sea = Sea(listening("api", replicas=3, container=image()))
    sea.settle()
    old = sea.pod("api", "old", current=False)
    sea.pods("api", old, sea.pod("api", "new", ready=False))
    assert sea.job(Forward).pods == ("old",)
    sea.pods("api", old, sea.pod("api", "new"), sea.pod("api", "gone", leaving=True))
    assert sea.job(Forward).pods == ("new",)


def test_a_need_that_was_replaced_rolls_who_cascades_with_it():
    """When its objects are others; without force, and the same in every house as long as all is in the cluster."""
    db = listening("db", container=image())
    api = service("api", Need("db", cascade=True), container=image())
    sea = Sea(db, api)
    sea.settle()
    first = [job for job in sea.done_jobs if isinstance(job, Deploy) and job.name == "api"][-1]
    assert not first.turn.startswith("h1")
    sea.did(Deploy)
    sea.declare(replace(db, env={"A": "1"}), api)
    sea.settle()
    last = [job for job in sea.done_jobs if isinstance(job, Deploy) and job.name == "api"][-1]
    assert sea.did(Deploy) == ["db", "api"]
    assert last.turn != first.turn
    assert not last.force
    sea.put(("rollout", "db", 0), replace(sea.rollout("db"), ready=0))
    sea.settle()
    assert sea.did(Deploy) == []


def test_a_restart_of_a_need_rolls_who_cascades_with_it():
    """Its digest is the same then, and yet its pods are others."""
    db = listening("db", container=image())
    sea = Sea(db, service("api", Need("db", cascade=True), container=image()))
    sea.settle()
    sea.did(Deploy)
    sea.turn("db")
    sea.settle()
    assert sea.did(Deploy) == ["db", "api"]


def test_a_deploy_says_nothing_of_others():
    """Another image of somebody else makes no other job of it."""
    sea = Sea(API, service("web", container=image()))
    sea.settle()
    jobs = [job for job in sea.done_jobs if isinstance(job, Deploy)]
    assert [dict(job.scene.images) for job in jobs] == [{"api": "demo/api:1"}, {"web": "demo/api:1"}]


def test_who_is_not_wanted_any_more_is_left_out():
    """Its forward and logs end, and it is shown as what it is."""
    sea = Sea(listening("api", container=image()))
    sea.settle()
    sea.wish(enabled={"api": False})
    answer = sea.pass_time(5)
    assert sea.state("api") == "disabled"
    assert not any(isinstance(job, Forward | FollowPod) for job in answer.jobs.values())
    assert sea.see.fact(("rollout", "api", 0), Rollout) == Rollout("", "", since=0 * SECOND)
