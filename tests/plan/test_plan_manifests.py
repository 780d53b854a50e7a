"""Objects of the user's own: wanted when anything goes to a cluster, applied in the order of need, followed like services."""

from typing import Any

import pytest
from msgspec.structs import replace
from stage import AT, RULES, Stage, service, task

from homeport.model.cluster_jobs import Aim, DeployManifests, FollowPod, Forward, Live, Relay, WatchCluster
from homeport.model.containers import BuiltImage, Container, NamedImage, Sync
from homeport.model.errors import RefusedError
from homeport.model.forwards import Aimed, Forwarding
from homeport.model.manifests import Manifests, Opened
from homeport.model.parts import Exec, Need, Port
from homeport.model.places import Site
from homeport.model.placing import placed
from homeport.model.plan import LeasePorts, WatchFiles
from homeport.model.rollouts import ContainerSeen, Linked, PodSeen, Rollout
from homeport.model.shipped import Deployed, Imaged, Present, Updated
from homeport.plan.cluster.link import site_of
from homeport.plan.identity import digest

SYNC = Sync("/repo/app", "/app")
BUILT = BuiltImage(Exec(("make",)), "/repo", RULES, update=(SYNC,))


def own(name: str = "own", *needs: str, **more: Any) -> Manifests:
    """Return objects of the user's own."""
    return Manifests(name, AT, ("/repo/k8s",), needs=tuple(map(Need, needs)), watched=RULES, **more)


def linked(stage: Stage) -> Stage:
    """Have a link to a cluster, and what all share brought there."""
    stage.put(("cluster", "", 0), Linked(digest(site_of(stage.see)), ok=True, context="test", namespace="demo"))
    stage.put(("present", "", 0), Present())
    stage.settle()
    common = stage.plan().jobs.get(("deploy", "", 0))
    if common is not None:
        stage.put(("deploy", "", 0), Deployed(common.identity))
    return stage


def deployed(stage: Stage, name: str = "own", **more: Any) -> None:
    """Carry out the job that applies."""
    job = stage.plan().jobs["deploy", name, 0]
    assert isinstance(job, DeployManifests)
    stage.put(job.key, Deployed(job.identity, at=stage.now, **more))


def waits(stage: Stage, name: str = "own") -> str:
    """Return the sentence beside the state."""
    return stage.decision(name).detail


def pod(name: str = "web-1", image: str = "made:1", **more: Any) -> PodSeen:
    """Return a ready pod."""
    return PodSeen(name, f"uid-{name}", True, containers=(ContainerSeen("server", "running", image=image),), **more)


def test_they_are_wanted_when_anything_goes_to_a_cluster():
    """Not beside processes alone; but when a place is wished, when asked for or needed, or when nothing else is there."""
    both = (own(), service("api"))
    assert Stage(*both).state("own") == "stopped"
    assert "`homeport up own` applies it" in waits(Stage(*both))
    assert Stage(*both, places={"": "kubernetes"}).state("own") == "waiting"
    assert Stage(*both, selected=frozenset({"own"})).state("own") == "waiting"
    assert Stage(own(), service("api", "own")).state("own") == "waiting"
    assert Stage(own()).state("own") == "waiting"
    assert Stage(own(), enabled={"own": False}).state("own") == "disabled"


def test_they_can_be_nowhere_but_in_a_cluster():
    """Another place is refused with a sentence; a glob means only what can go there."""
    graph = Stage(own("web"), service("worker")).see.graph
    with pytest.raises(RefusedError, match="nowhere but in a cluster"):
        placed({"web": "here"}, graph)
    assert placed({"w*": "here"}, graph) == {"worker": "here"}
    assert placed({"web": "kubernetes"}, graph) == {"web": "kubernetes"}


def test_their_files_are_watched_before_they_are_read():
    """A save after the first reading is never missed, and means another one."""
    stage = linked(Stage(own()))
    watch = stage.plan().jobs["watch", "", 0]
    assert isinstance(watch, WatchFiles)
    assert watch.rules == {"own": RULES}
    deployed(stage)
    assert stage.state("own") == "ready"
    stage.save("own")
    assert stage.state("own") == "starting"
    deployed(stage)
    assert stage.state("own") == "ready"


def test_a_pause_collects_saves_and_a_restart_does_not_wait():
    """What is there stays while paused; a person's restart takes fields over and rolls the pods."""
    stage = linked(Stage(own(), paused=frozenset({"own"})))
    deployed(stage)
    stage.save("own")
    decision = stage.decision("own")
    assert (decision.state, bool(decision.stale)) == ("ready", True)
    stage.turn("own")
    job = stage.plan().jobs["deploy", "own", 0]
    assert isinstance(job, DeployManifests)
    assert (job.force, job.turn) == (True, "h1/1")


def test_needs_work_both_ways():
    """They wait for what they need, and who needs them waits for them."""
    stage = Stage(task("seed"), own("own", "seed"), service("api", "own"))
    stage.busy.add("seed")
    linked(stage)
    assert stage.state("own") == "waiting"
    assert stage.state("api") == "waiting"
    stage.busy.clear()
    stage.finish("seed")
    deployed(stage)
    stage.settle()
    assert stage.run("api").alive


def test_services_of_this_machine_that_they_need_are_relayed():
    """Pods find what runs here under its own name and port."""
    stage = linked(Stage(service("db", ports=(Port("sql", 5432),)), own("own", "db"), places={"own": "kubernetes"}))
    relay = stage.settle().jobs["relay", "", 0]
    assert isinstance(relay, Relay)
    assert relay.services == {"db": ((5432, 9000),)}


def test_they_are_ready_when_the_cluster_says_so():
    """What was applied must be what was judged; a failure is told; objects without a state of their own are ready at once."""
    stage = linked(Stage(own()))
    deployed(stage, digest="d1,d2", further=(("example.dev/v1", "Thing"),))
    assert stage.state("own") == "starting"
    watching = stage.plan().jobs["cluster", "", 0]
    assert isinstance(watching, WatchCluster)
    assert watching.kinds == (("example.dev/v1", "Thing"),)
    rollout = Rollout("Deployment", "web", digest="d0,d1,d2", wanted=1, complete=True)
    stage.put(("rollout", "own", 0), replace(rollout, digest="d0,d1"))
    assert stage.state("own") == "starting"
    stage.put(("rollout", "own", 0), rollout)
    assert stage.state("own") == "ready"
    stage.put(("rollout", "own", 0), replace(rollout, complete=False, failure="it crashes", hint="see its lines"))
    assert (stage.state("own"), waits(stage)) == ("failed", "it crashes; see its lines")


def test_what_the_cluster_refuses_for_now_is_tried_again():
    """A refusal that may pass is answered after two seconds; one that a person must mend waits for a save."""
    stage = linked(Stage(own()))
    deployed(stage, error="the cluster knows no Thing", passing=True)
    assert stage.state("own") == "restarting"
    stage.wait(2)
    assert ("deploy", "own", 0) in stage.plan().jobs
    deployed(stage, error="this is no YAML", hint="mend the line")
    assert (stage.state("own"), waits(stage)) == ("failed", "this is no YAML; mend the line")
    stage.save("own")
    assert ("deploy", "own", 0) in stage.plan().jobs


def test_images_are_made_and_injected():
    """What a name in the objects stands for is built first, once for all who use it; somebody else's is used as it is."""
    images = {"shop/web": BUILT, "shop/db": NamedImage("postgres:16")}
    both = (service("api", container=Container(BUILT)), own(images=images))
    stage = linked(Stage(*both, places={"": "kubernetes"}))
    assert list(stage.see.graph.images) == ["image:api"]
    assert stage.state("own") == "building"
    made(stage, "made:1")
    job = stage.plan().jobs["deploy", "own", 0]
    assert isinstance(job, DeployManifests)
    assert job.scene.images == {"own/shop/web": "made:1", "own/shop/db": "postgres:16"}
    assert job.scene.commands["own/shop/web"] == ("serve",)


def made(stage: Stage, name: str) -> None:
    """Make the image: it is read first, and made once its files are watched."""
    key = ("image", next(iter(stage.see.graph.images)), 0)
    for called in ("", name):
        job = stage.settle().jobs[key]
        stage.put(key, Imaged(job.identity, called, "digest", ("serve",), watch=RULES))
    stage.settle()


def test_what_serves_goes_on_when_an_image_fails():
    """As with a service: others may lean on it, and it is told that it is older than its sources."""
    stage = linked(Stage(own(images={"demo/web": BUILT}), places={"": "kubernetes"}))
    made(stage, "made:1")
    deployed(stage, digest="d1")
    stage.put(("rollout", "own", 0), Rollout("Deployment", "web", digest="d1", wanted=1, serving=1, complete=True))
    assert stage.state("own") == "ready"
    (name,) = stage.see.graph.images
    stage.save(name)
    for error in ("", "exit code 2"):
        job = stage.settle().jobs["image", name, 0]
        stage.put(job.key, Imaged(job.identity, digest="d", watch=RULES, error=error))
    assert stage.decision("own").ready
    view = stage.view("own")
    assert (view.state, view.stale) == ("ready", "its image is older than its sources: exit code 2")


def test_files_in_their_pods_are_kept_up_to_date():
    """Containers with an image that has rules get saves; such a pod counts once its files are fresh."""
    stage = linked(Stage(own(images={"shop/web": BUILT})))
    made(stage, "made:1")
    deployed(stage, digest="d1")
    pods = (pod(), pod("other-1", "other:1"), pod("job-1", once=True))
    stage.put(("rollout", "own", 0), Rollout("Deployment", "web", digest="d1", wanted=3, complete=True, pods=pods))
    job = stage.plan().jobs["live-update", "own", 0]
    assert isinstance(job, Live)
    assert [(each.name, each.container, each.id) for each in job.pods] == [("web-1", "server", "uid-web-1/server/0")]
    assert (stage.state("own"), waits(stage)) == ("starting", "files are being brought up to date")
    note = "saves go by tar: there is no helper in its pods"
    stage.put(job.key, Updated(job.identity, pods=("uid-web-1/server/0",), note=note))
    assert stage.state("own") == "ready"
    view = stage.view("own")
    assert (view.place, view.ready_replicas, view.note) == ("kubernetes", 3, note)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("sts-0", "own.sts-0"),
        ("ds-x7k2p", "own.ds-x7k2p"),
        ("web-7d9f8b6c5-x7k2p", "own.web-x7k2p"),
        ("seed-of-all-x7k2p", "own.seed-of-all-x7k2p"),
    ],
)
def test_the_logs_of_their_pods_can_be_told_apart(name: str, label: str):
    """There may be several workloads, so a pod's whole name counts, without the hash of a Deployment."""
    stage = linked(Stage(own()))
    deployed(stage, digest="d1")
    log = ContainerSeen("log", "running")
    one = replace(pod(name), containers=(*pod(name).containers, log))
    stage.put(("rollout", "own", 0), Rollout("StatefulSet", "x", digest="d1", pods=(one,)))
    labels = [job.label for job in stage.plan().jobs.values() if isinstance(job, FollowPod)]
    assert labels == [label, f"{label}/log"]


def test_their_ports_are_leased_and_forwarded_to_the_pods_behind():
    """A port here is taken like a service's; it leads where the cluster says, and they are ready when it is open."""
    stage = linked(Stage(own(ports=(Opened("http", "Service/web", 80),)), service("api")))
    lease = Stage(own(ports=(Opened("http", "Service/web", 80),))).plan().jobs["ports", "", 0]
    assert isinstance(lease, LeasePorts)
    stage.wish(selected=frozenset({"own"}))
    stage.settle()
    linked(stage)
    deployed(stage)
    aim = stage.plan().jobs["aim", "own", 0]
    assert isinstance(aim, Aim)
    assert (aim.object, aim.number) == ("Service/web", 80)
    stage.put(aim.key, Aimed(aim.identity, error='there is no Service "web"'))
    assert (stage.state("own"), waits(stage)) == ("starting", 'there is no Service "web"')
    stage.put(aim.key, Aimed(aim.identity, 8000, ("web-1",)))
    forward = stage.plan().jobs["forward", "own", 0]
    assert isinstance(forward, Forward)
    assert (forward.ports, forward.pods) == ({"http": (9000, 8000)}, ("web-1",))
    stage.put(forward.key, Forwarding(forward.identity, pods=("web-1",)))
    assert stage.state("own") == "ready"
    assert stage.view("own").ports == {"http": 9000}


def opened(*nodes: Any, **wishes: Any) -> tuple[Stage, Forward]:
    """Return a stage with a port of the user's own that is open, and the job that forwards it."""
    node = own(ports=(Opened("http", "Service/web", 80),))
    stage = Stage(node, *nodes, places={"own": "kubernetes"}, **wishes)
    stage.settle()
    linked(stage)
    deployed(stage)
    aim = stage.plan().jobs["aim", "own", 0]
    stage.put(aim.key, Aimed(aim.identity, 8000, ("web-1",)))
    forward = stage.plan().jobs["forward", "own", 0]
    assert isinstance(forward, Forward)
    stage.put(forward.key, Forwarding(forward.identity, pods=("web-1",)))
    return stage, forward


def test_a_forward_outlasts_its_pods():
    """Who connects while the only pod is replaced waits for the next one, as with a service."""
    stage, forward = opened()
    aim = stage.plan().jobs["aim", "own", 0]
    stage.put(aim.key, Aimed(aim.identity, 8000))
    kept = stage.plan().jobs["forward", "own", 0]
    assert (kept.identity, kept.pods) == (forward.identity, ())  # type: ignore[union-attr]
    stage.put(aim.key, Aimed(aim.identity))
    assert ("forward", "own", 0) not in stage.plan().jobs
    assert waits(stage) == "no pod behind Service/web is ready"


def test_who_leaves_last_keeps_the_way_of_those_before():
    """As long as a process that needs the objects is ending, their ports lead where they did, and the link is held."""
    stage, forward = opened(service("api", "own"))
    stage.settle()
    assert stage.run("api").alive
    stage.see = replace(stage.see, closing="in order")
    jobs = stage.plan().jobs
    assert jobs["forward", "own", 0] == forward
    assert ("cluster", "", 0) in jobs
    stage.wish(site=Site("another", "demo"))
    assert not [key for key in stage.plan().jobs if key[1] == "own"]


def test_a_namespace_that_is_being_deleted_is_told():
    """What is in it looks well until it is gone."""
    stage, _ = opened()
    assert stage.state("own") == "ready"
    stage.put(("cluster", "", 0), replace(stage.see.fact(("cluster", "", 0), Linked), leaving=True))
    assert (stage.state("own"), waits(stage)) == ("unready", 'the namespace "demo" is being deleted')


def test_what_left_the_file_is_removed():
    """Objects of a node that is not declared, or not wanted any more, go; others stay."""
    stage = linked(Stage(own(), service("api", container=Container(NamedImage("x"))), places={"": "kubernetes"}))
    deployed(stage)
    stage.put(("present", "", 0), Present({"own": ("ConfigMap",)}))
    assert ("clear", "", 0) not in stage.settle().jobs
    stage.wish(enabled={"own": False})
    assert stage.settle().jobs["clear", "", 0].names == ("own",)  # type: ignore[union-attr]
