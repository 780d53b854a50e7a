"""Files in pods, tasks as Jobs, and how it all ends."""

from typing import Any

from msgspec.structs import replace
from sea import SYNC, Sea, dockerfile, image
from stage import RULES, listening, ref, service, task

from homeport.model.cluster_jobs import Clear, Deploy, FollowPod, Forward, Live, RunPodTask, WatchCluster
from homeport.model.containers import Container, NamedImage
from homeport.model.forwards import Followed, Forwarding
from homeport.model.plan import Bridge, RunService, RunTask, WatchFiles
from homeport.model.rollouts import Rollout
from homeport.model.shipped import Cleared, Present, Updated
from homeport.plan.views import is_settled

LIVE = service("api", container=dockerfile(update=(SYNC,)))


def test_pods_that_were_not_brought_up_to_date_are_not_ready():
    """However ready the cluster calls them; no connection goes there."""
    sea = Sea(listening("api", container=dockerfile(update=(SYNC,))))
    sea.stale.add("api")
    sea.settle()
    decision = sea.decision("api")
    assert (decision.state, decision.ready) == ("starting", False)
    assert decision.detail == "files are being brought up to date"
    assert sea.job(Forward).pods == ()
    sea.stale.clear()
    sea.settle()
    assert sea.state("api") == "ready"
    assert len(sea.job(Forward).pods) == 1


def test_a_container_that_began_anew_is_not_ready_either():
    """It has the files of its image again."""
    sea = Sea(LIVE)
    sea.settle()
    sea.stale.add("api")
    old = sea.rollout("api").pods[0]
    sea.pods("api", sea.pod("api", old.name, restarts=1))
    assert sea.state("api") == "starting"
    assert sea.job(Live).pods[0].id == f"{old.uid}/1"


def test_one_pod_that_is_not_up_to_date_keeps_the_service_from_being_complete():
    """But not from being leaned on."""
    sea = Sea(replace(LIVE, replicas=2))
    sea.settle()
    pods = sea.rollout("api").pods
    known = sea.see.fact(("live-update", "api", 0), Updated)
    assert known is not None
    sea.put(("live-update", "api", 0), replace(known, pods=known.pods[:1], error="no space left"))
    decision = sea.decision("api")
    assert (decision.state, decision.ready, decision.detail) == ("failed", True, "no space left")
    assert len(pods) == 2


def test_what_an_update_could_not_do_is_told_beside_what_serves():
    """The pod has older files and serves; nobody waits for the update."""
    sea = Sea(LIVE)
    sea.settle()
    known = sea.see.fact(("live-update", "api", 0), Updated)
    assert known is not None
    failed = replace(known, error='"install" ended with exit code 1', hint="see its log")
    sea.put(("live-update", "api", 0), failed)
    assert sea.state("api") == "ready"
    assert (
        sea.view("api").stale == 'its files are older than their sources: "install" ended with exit code 1; see its log'
    )
    assert is_settled(sea.plan())


def test_saves_reach_the_worker_that_keeps_files_without_ending_it():
    """Another number, the same job; a pause is told it, too."""
    sea = Sea(LIVE)
    sea.settle()
    before = sea.job(Live)
    sea.save("live:image:api")
    sea.wish(paused=frozenset({"api"}))
    after = sea.job(Live)
    assert (before.upto, after.upto, after.paused) == (0, 1, True)
    assert before.identity == after.identity
    assert (sea.state("api"), sea.view("api").stale) == ("ready", "paused: changes wait")
    sea.wish(paused=frozenset())
    sea.settle()
    assert sea.view("api").stale == ""


def test_a_log_that_cannot_be_copied_is_told():
    """Lines would be missing without a word."""
    sea = Sea(service("api", container=image()))
    sea.settle()
    job = sea.job(FollowPod)
    sea.put(job.key, Followed(job.identity, error="pods/log is forbidden"))
    assert sea.view("api").note == "its log is not copied: pods/log is forbidden"
    sea.put(job.key, Followed(job.identity, ended=True))
    assert sea.view("api").note == ""


def test_what_cannot_be_removed_is_told_with_the_next_step():
    """Beside the node whose objects they are, until they are gone or it is in the cluster again."""
    sea = Sea(service("api", container=image()))
    sea.settle()
    sea.stubborn = Cleared("", "the delete was refused", "ask for this right")
    sea.wish(places={"": "here"})
    sea.settle()
    why = "what it had in the cluster (Deployment) could not be removed: the delete was refused; ask for this right"
    assert why in sea.view("api").note
    sea.stubborn = None
    sea.pass_time(2.0)
    sea.settle()
    assert sea.view("api").note == ""


def test_who_keeps_files_outlives_the_pods():
    """While none runs nothing is forgotten: what was collected, what was sent."""
    sea = Sea(LIVE)
    sea.settle()
    sea.pods("api")
    assert sea.job(Live).pods == ()


def test_somebody_else_s_image_is_kept_up_to_date_as_well():
    """Under the name of the service."""
    sea = Sea(service("api", container=Container(NamedImage("nginx:1", (SYNC,)))))
    sea.settle()
    sea.save("live:api")
    assert (sea.job(Live).image, sea.job(Live).upto) == ("", 1)


def pod_task(**more: Any) -> Sea:
    """Return a store and a task on it, both in the cluster."""
    return Sea(listening("db", container=image(), keeps="folder"), task("migrate", "db", container=image(), **more))


def test_a_task_runs_once_as_a_job():
    """After what it needs, and no more in this house."""
    sea = pod_task()
    sea.settle()
    assert sea.started == ["migrate"]
    assert sea.state("migrate") == "completed"
    sea.pass_time(100)
    assert sea.started == ["migrate"]


def test_a_job_has_an_image_of_its_own_where_pods_get_saves():
    """It runs once, so that it cannot get them later; without rules the image that is there has them."""
    sea = Sea(task("seed", container=dockerfile(update=(SYNC,))), task("plain", container=dockerfile("/other")))
    sea.settle()
    jobs = {each.task.name: each.image for each in sea.done_jobs if isinstance(each, RunPodTask)}
    assert jobs["plain"] is None
    made = jobs["seed"]
    assert made is not None
    assert (made.once, made.reads, made.log) == (True, False, "seed")


def test_a_job_that_failed_is_not_tried_again_by_itself():
    """A trigger does."""
    sea = pod_task()
    sea.sick.add("migrate")
    sea.pass_time(100)
    assert (sea.started, sea.state("migrate")) == (["migrate"], "failed")
    sea.sick.clear()
    sea.turn("migrate")
    sea.settle()
    assert sea.state("migrate") == "completed"


def test_a_job_over_inputs_is_skipped_while_nothing_is_new():
    """Another digest of its files runs it again, and so do other data of what it needs."""
    sea = pod_task(inputs=RULES)
    sea.pass_time(2)
    sea.see = replace(sea.see, house="h2")
    sea.settle()
    assert sea.started == ["migrate"]
    sea.put(("rollout", "db", 0), replace(sea.rollout("db"), data="another-claim"))
    sea.settle()
    assert sea.started == ["migrate"] * 2


def test_the_inputs_of_a_job_are_watched():
    """A save runs it again, as it does on this machine; of a service's pods the image's rules decide."""
    sea = Sea(task("seed", container=image(), inputs=RULES), service("api", container=image(), reload=RULES))
    sea.settle()
    assert set(sea.job(WatchFiles).rules) == {"seed"}


def test_a_save_of_what_a_job_and_its_image_are_made_of_runs_it_once():
    """Over the image that is made of it, which takes a while."""
    sea = Sea(task("migrate", container=dockerfile(), inputs=RULES))
    sea.settle()
    sea.save("migrate", "image:migrate")
    assert sea.decision("migrate").slot is None
    sea.settle()
    assert sea.started == ["migrate"] * 2


def test_another_image_runs_a_job_again():
    """What it does is in there."""
    sea = Sea(task("migrate", container=dockerfile()))
    sea.settle()
    sea.save("image:migrate")
    sea.settle()
    assert sea.started == ["migrate"] * 2


def test_a_silent_cluster_undoes_no_success_and_stops_no_job():
    """And begins none."""
    sea = Sea(task("seed", container=image()), task("load", container=image()), service("web", "seed", "load"))
    sea.busy.add("load")
    sea.settle()
    sea.link(ok=False, down="no answer within 10 s")
    assert sea.states() == {**sea.states(), "seed": "completed", "load": "running"}
    sea.turn("seed")
    assert sea.state("seed") == "waiting"
    assert sea.plan().holds["seed"].reason == "the cluster is not heard: no answer within 10 s"


def test_who_will_never_run_is_not_waited_for():
    """A cluster that is not there, an image that cannot be made."""
    sea = Sea(task("seed", container=image()))
    sea.quiet = True
    answer = sea.settle()
    assert sea.state("seed") == "failed"
    assert is_settled(answer)


def test_a_running_task_that_moves_ends_where_it_was_first():
    """A program here ends before its Job is made."""
    sea = Sea(task("seed", container=image()), places={})
    sea.busy.add("seed")
    sea.slow.add("seed")
    sea.settle()
    sea.move(seed="kubernetes")
    sea.settle()
    assert not any(isinstance(job, RunPodTask) for job in sea.plan().jobs.values())
    sea.gone("seed")
    sea.settle()
    assert any(isinstance(job, RunPodTask) for job in sea.plan().jobs.values())


def test_a_task_that_moves_here_waits_until_its_job_is_removed():
    """Two at once would work on the same data."""
    sea = Sea(task("seed", container=image()), service("api", container=image()))
    sea.busy.add("seed")
    sea.settle()
    after = sea._after
    sea._after = lambda job: None if isinstance(job, Clear) else after(job)  # type: ignore[method-assign]
    sea.move(seed="here")
    answer = sea.settle()
    assert not any(isinstance(job, RunTask) for job in answer.jobs.values())
    assert answer.holds["seed"].reason == "its Job in the cluster is being removed"
    present = sea.see.fact(("present", "", 0), Present)
    assert present is not None
    sea.put(("present", "", 0), Present({name: kinds for name, kinds in present.nodes.items() if name != "seed"}))
    sea.settle()
    assert sea.started == ["seed", "seed"]


def test_logs_of_a_job_are_read():
    """As those of a service are."""
    sea = Sea(task("seed", container=image()))
    sea.busy.add("seed")
    sea.settle()
    sea.put(("rollout", "seed", 0), Rollout("Job", "seed", pods=(sea.pod("seed", "seed-1"),)))
    assert sea.job(FollowPod).label == "seed"


def test_logs_are_read_to_their_end_also_of_pods_that_are_gone():
    """Each run of each container once."""
    sea = Sea(service("api", container=image()))
    sea.settle()
    sea.pods("api")
    job = sea.job(FollowPod)
    assert job.key == ("log api-1-0/api", "api", 0)
    sea.put(job.key, Followed(job.identity, ended=True))
    assert not any(isinstance(job, FollowPod) for job in sea.plan().jobs.values())


def test_at_the_end_a_forward_stays_while_somebody_leans_on_it():
    """And with it the link that carries it; then both go, and nothing is removed from the cluster."""
    sea = Sea(listening("db", container=image()), service("api", env={"DB": ref("db", "port:http")}))
    sea.slow.add("api")
    sea.pass_time(1)
    sea.close()
    sea.settle()
    kinds = {type(job) for job in sea.plan().jobs.values()}
    assert kinds == {Forward, WatchCluster}
    assert sea.job(WatchCluster).identity == sea.see.facts[""]["cluster", 0].identity  # type: ignore[union-attr]
    sea.gone("api")
    answer = sea.settle()
    assert answer.jobs == {}
    assert sea.see.fact(("forward", "db", 0), Forwarding) == Forwarding("")
    assert set(sea.states().values()) == {"stopped"}


def test_at_once_nobody_waits_for_anybody():
    """Also no forward."""
    sea = Sea(listening("db", container=image()), service("api", env={"DB": ref("db", "port:http")}))
    sea.slow.add("api")
    sea.pass_time(1)
    sea.see = replace(sea.see, closing="at once")
    assert sea.plan().jobs == {}


def test_an_end_removes_nothing_from_the_cluster():
    """A house that leaves lets pods and Jobs be."""
    sea = Sea(service("api", container=image()), task("seed", container=image()))
    sea.busy.add("seed")
    sea.settle()
    sea.done_jobs.clear()
    sea.close()
    sea.settle()
    assert not any(isinstance(job, Clear | Deploy) for job in sea.done_jobs)


def test_at_the_end_a_container_reaches_the_process_that_it_leans_on():
    """Its way there stays as long as it does."""
    sea = Sea(
        listening("db"),
        service(
            "api", env={"DB": ref("db", "port:http")}, run=None, container=image(env={"D": ref("db", "port:http")})
        ),
        places={},
    )
    sea.slow.add("api")
    sea.pass_time(1)
    sea.close()
    sea.settle()
    jobs = sea.plan().jobs.values()
    assert {type(job) for job in jobs} == {RunService, Bridge}
    sea.gone("api")
    sea.settle()
    assert set(sea.states().values()) == {"stopped"}


def test_a_container_waits_for_its_bridge_to_end():
    """Its ports are published where the bridge listened while it was a process."""
    sea = Sea(
        listening("db", container=image()),
        service("api", run=None, container=image(env={"D": ref("db", "port:http")})),
        places={},
    )
    sea.pass_time(1)
    sea.move(db="docker")
    sea.gone("db")
    answer = sea.plan()
    assert ("run", "db", 0) not in answer.jobs
    assert answer.holds["db"].reason == "its way for containers is ending"
    sea.pass_time(2)
    assert sea.state("db") == "ready"
