"""How a rollout is judged: what a real cluster said in some fifty situations, and the sentence that a person gets."""

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml
from evidence import OBJECTS, evidence, recorded
from hypothesis import given
from hypothesis import strategies as st

from homeport.model.rollouts import Rollout, Tail
from homeport.work.cluster.judging import Evidence, judged
from homeport.work.cluster.wording import aimed

VERDICTS = yaml.safe_load((OBJECTS.parent / "verdicts.yaml").read_text())
"""What is told of every recorded situation."""


def judge(situation: str) -> Rollout:
    """Return how the recorded objects of a situation are judged."""
    found = judged(evidence(recorded(situation)))
    assert found is not None
    return found


@pytest.mark.parametrize("situation", VERDICTS["failed"])
def test_a_failure_is_told_at_once_with_its_cause_and_a_next_step(situation: str) -> None:
    """What does not get there by itself fails with the cluster's own reason, without a time limit."""
    found = judge(situation)
    assert {"failure": found.failure, "hint": found.hint} == VERDICTS["failed"][situation]
    assert not found.complete


@pytest.mark.parametrize("situation", VERDICTS["going on"])
def test_what_is_well_or_may_get_well_has_no_failure(situation: str) -> None:
    """What is ready, or may be soon, says how far it is instead."""
    found = judge(situation)
    assert {"complete": found.complete, "detail": found.detail} == VERDICTS["going on"][situation]
    assert not found.failure


def test_every_recorded_situation_has_a_verdict() -> None:
    """No recording is forgotten."""
    assert sorted(path.stem for path in OBJECTS.glob("*.json")) == sorted(
        {**VERDICTS["failed"], **VERDICTS["going on"]}
    )


@pytest.mark.parametrize(
    ("situation", "container", "previous"),
    [("crash-loop", "crash", True), ("init-fails", "prepare", True), ("out-of-memory", "oom", True),
     ("job-failed", "jobfail", False), ("never-ready", "unready", False)],
)  # fmt: skip
def test_a_failure_names_whose_last_lines_explain_it(situation: str, container: str, previous: bool) -> None:
    """A program that ended, or is not ready, explains itself in its log: that of the run before when it was started again."""
    found = judge(situation)
    assert found.tail is not None
    assert found.tail == Tail(found.tail.pod, container, previous)
    assert found.tail.pod in [pod.name for pod in found.pods]


def test_pods_of_an_earlier_definition_make_nothing_ready_and_nothing_fail() -> None:
    """Only pods made from the workload as it is now count; the others are told as such, and as serving."""
    found = judge("new-one-crashes")
    assert (found.wanted, found.ready, found.serving) == (2, 0, 2)
    assert [(pod.current, pod.ready) for pod in found.pods] == [(True, False), (False, True), (False, True)]
    healthy = evidence([each for each in recorded("new-one-crashes") if "54d95f7688" not in each["metadata"]["name"]])
    assert judged(healthy).failure == ""


def test_what_heals_turns_back() -> None:
    """Old events of a pod do not count against one that is ready; the same workload with a ready pod has no failure."""
    objects = recorded("never-ready")
    assert judged(evidence(objects)).failure
    for each in objects:
        if each["kind"] == "Pod":
            each["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
            each["status"]["containerStatuses"][0]["ready"] = True
        if each["kind"] == "Deployment":
            each["status"] |= {"availableReplicas": 1, "readyReplicas": 1}
    found = judged(evidence(objects))
    assert (found.complete, found.failure, found.ready) == (True, "", 1)


def test_a_refusal_counts_until_a_pod_is_made() -> None:
    """An event that no pod could be made is over when a later one says that it was."""
    objects = recorded("stateful-account-missing")
    assert "refuses" in judged(evidence(objects)).failure
    refused = next(each for each in objects if each.get("reason") == "FailedCreate")
    later = {**refused, "reason": "SuccessfulCreate", "lastTimestamp": "2100-01-01T00:00:00Z"}
    assert judged(evidence([*objects, later])).failure == ""


def test_what_the_controller_said_before_it_saw_the_change_is_about_something_older() -> None:
    """Until the controller has seen the newest definition, neither its readiness nor its failure counts."""
    for situation in ("ready", "crash-loop", "quota"):
        objects = recorded(situation)
        for each in objects:
            if each["kind"] == "Deployment":
                each["metadata"]["generation"] += 1
        found = judged(evidence(objects))
        assert (found.complete, found.failure) == (False, "")
        assert found.detail == "waiting for the cluster to take it up"


def test_an_evicted_pod_tells_why_until_another_stands_in() -> None:
    """The reason of the eviction is the failure while there is no newer pod."""
    objects = recorded("evicted-and-replaced")
    alone = [each for each in objects if "78gmf" not in each["metadata"]["name"]]
    for each in alone:
        if each["kind"] == "Deployment":
            each["status"] = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}
    found = judged(evidence(alone))
    assert found.failure == (
        'the pod "evicted-7dd55c4576-s7nhg" was evicted: Usage of EmptyDir volume "d" exceeds the limit "5Mi"'
    )


def test_a_stateful_pod_that_blocks_the_rollout_is_named() -> None:
    """Its controller waits for an earlier pod that never gets ready: people are told which one to delete."""
    assert judge("stateful-blocked").failure.startswith('the earlier pod "stuck-0" never gets ready')
    assert "earlier" not in judge("stateful-crash").failure


@pytest.mark.parametrize(
    ("turned", "phase", "blocking"),
    [("31:05", "Running", "stuck-0"), ("35:00", "Running", ""), ("35:00", "Pending", "stuck-0"), (None, "Running", "")],
)
def test_only_who_was_never_ready_may_be_taken_out_of_the_way(turned: str | None, phase: str, blocking: str) -> None:
    """Whoever was ready once, or may have been, is somebody's; the others have not begun, or are as unready as at first."""
    objects = recorded("stateful-blocked")
    for pod in objects:
        if pod["kind"] == "Pod":
            pod["status"]["phase"] = phase
            ready = next(each for each in pod["status"]["conditions"] if each["type"] == "Ready")
            ready["lastTransitionTime"] = f"2026-11-21T14:{turned}Z" if turned else None
    assert judged(evidence(objects)).blocking == blocking


def test_a_command_says_which_cluster_it_is_for() -> None:
    """Who copies a hint may have another context, or namespace; what is in no namespace names none."""
    assert aimed('delete it: "kubectl delete pod a-0"', "dev", "shop") == (
        'delete it: "kubectl --context dev -n shop delete pod a-0"'
    )
    assert aimed('see "kubectl describe nodes"', "dev", "shop") == 'see "kubectl --context dev describe nodes"'
    assert aimed('remove it: "kubectl delete thing a -n other"; it', "dev", "shop") == (
        'remove it: "kubectl --context dev delete thing a -n other"; it'
    )
    assert aimed("create it, or mend its name", "dev", "shop") == "create it, or mend its name"


def test_a_restart_by_hand_rolls_too() -> None:
    """Of pods with the same digest only those of the newest template count: kubectl restarts without changing ours."""
    objects = recorded("mount-fails")
    for each in objects:
        each["metadata"].pop("annotations", None)
        each.get("spec", {}).pop("template", None)
    assert [pod.current for pod in judge("mount-fails").pods] == [False, True]
    assert [pod.current for pod in judged(evidence(objects)).pods] == [False, True]


def test_of_a_tasks_jobs_only_the_newest_counts() -> None:
    """Another definition of a task is another Job: what became of the one before is no matter."""
    failed, done = recorded("job-failed"), recorded("job-done")
    for objects, name, at in (
        (failed, "seed-00000001", "2026-01-01T00:00:00Z"),
        (done, "seed-00000002", "2026-01-02T00:00:00Z"),
    ):
        job = next(each for each in objects if each["kind"] == "Job")
        job["metadata"] |= {"name": name, "creationTimestamp": at}
    found = judged(evidence(failed + done))
    assert (found.object, found.complete, found.failure) == ("seed-00000002", True, "")


def test_several_workloads_of_a_node_are_as_far_as_the_last_of_them() -> None:
    """A node is complete when all of it is; the failure of one is its failure; numbers are summed up."""
    found = judged(evidence(recorded("ready") + recorded("crash-loop")))
    assert (found.complete, found.wanted, found.ready) == (False, 3, 2)
    assert found.failure == judge("crash-loop").failure
    both = judged(evidence(recorded("ready") + recorded("stateful-ready")))
    assert (both.complete, both.wanted, both.ready, len(both.uid.split(","))) == (True, 4, 4, 2)


def test_a_node_without_a_workload_is_not_judged() -> None:
    """Settings and services alone roll nothing out."""
    assert judged(Evidence(())) is None


def paths(data: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to everything in plain data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield (*above, key)
        yield from paths(value, (*above, key))


WHO = {"apiVersion", "kind", "metadata", "name"}
"""What no object is without."""


@given(situation=st.sampled_from(sorted({**VERDICTS["failed"], **VERDICTS["going on"]})), chance=st.randoms())
def test_whatever_the_cluster_leaves_out_there_is_a_verdict(situation: str, chance: random.Random) -> None:
    """Other versions and other controllers say less: what is missing changes the verdict, and never ends the watch."""
    objects = recorded(situation)
    for path in chance.sample(list(paths(objects)), 3):
        place: Any = objects
        with suppress(LookupError):  # something above it is gone already
            for key in path[:-1]:
                place = place[key]
            if path[-1] not in WHO and isinstance(place, dict):
                del place[path[-1]]
    judged(evidence(objects))


def custom(*conditions: dict[str, str], observed: int = 2) -> Rollout:
    """Return how an object of a kind that nobody knows is judged."""
    meta = {"name": "db", "generation": 2}
    made = {"apiVersion": "x.example/v1", "kind": "Database", "metadata": meta,
            "status": {"observedGeneration": observed, "conditions": list(conditions)}}  # fmt: skip
    found = judged(Evidence((made,)))
    assert found is not None
    return found


def test_custom_resources_are_judged_by_their_conditions() -> None:
    """The usual ones are Ready and its like, and Stalled or Failed; what has none is well."""
    assert custom().complete
    assert custom({"type": "Ready", "status": "True"}).complete
    waiting = custom({"type": "Ready", "status": "False", "message": "making a disk"})
    assert (waiting.complete, waiting.failure, waiting.detail) == (False, "", "making a disk")
    stalled = custom({"type": "Stalled", "status": "True", "message": "no such plan"})
    assert stalled.failure == 'Database "db" is not going on: no such plan'
    assert not custom({"type": "Ready", "status": "True"}, observed=1).complete


def test_a_try_of_a_job_that_failed_is_no_failure_yet() -> None:
    """While a Job has tries left, only what another try does not mend is a failure."""
    objects = recorded("job-tries-again")
    assert judged(evidence(objects)).failure == ""
    for each in objects:
        for status in each.get("status", {}).get("containerStatuses", ()) if each["kind"] == "Pod" else ():
            status["state"]["terminated"] |= {"reason": "StartError", "message": 'exec: "/x": stat /x: no such file'}
    assert (
        judged(evidence(objects)).failure == 'the container "jobtries" cannot be started: "/x": stat /x: no such file'
    )


def test_a_pod_of_a_lost_node_that_never_began_says_so() -> None:
    """The node's silence is the last that is known of its pods."""
    objects = recorded("node-lost")
    for each in objects:
        if each["kind"] == "Pod":
            each["status"] = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]}
    assert judged(evidence(objects)).failure == 'the node "node-2" does not answer the cluster'
