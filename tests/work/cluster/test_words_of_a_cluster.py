"""What a cluster says of what it was given is shown, and holds no secret."""

import typing
from collections.abc import Iterator
from types import UnionType
from typing import Any

from harbour import AT, Harbour, in_harbour, quiet, scene, service, task
from msgspec import Struct
from msgspec.structs import fields

from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually
from homeport.kit.masking import Mask
from homeport.model.cluster_jobs import Deploy, RunPodTask, WatchCluster
from homeport.model.errors import OutsideError
from homeport.model.facts import Ending, Fact, Key, Run
from homeport.model.forwards import Forwarding
from homeport.model.nodes import Secret, Source
from homeport.model.places import Site
from homeport.model.plan import Job
from homeport.model.rollouts import Linked, PodSeen, Rollout
from homeport.model.shipped import Cleared, Deployed, Explained, Imaged, Relayed, Updated
from homeport.ports.cluster import ClusterError
from homeport.work.discreet import SAID, Discreet
from homeport.work.roster import roster

SECRET = "s3cr3t-value"
KEY: Key = ("any", "api", 0)
TO_THE_LETTER = {
    *(
        "identity",
        "name",
        "object",
        "kind",
        "uid",
        "digest",
        "data",
        "blocking",
        "context",
        "namespace",
        "pod",
        "container",
        "image",
    ),
    *("state", "pods", "offered", "kinds", "further", "services", "argv", "bases", "paths", "folders", "programs"),
    *("digests", "version", "stamp", "runs", "data_id", "signal", "sources", "file", "source", "base", "patterns"),
    *("ignore", "nodes", "ports", "shared", "own", "unseen"),
}
"""Texts of facts that are compared, looked up or handed on: no sentence of anybody's."""


def locked() -> Harbour:
    """Return a harbour whose vault has a secret."""
    shop = Harbour()
    shop.vault.load(Secret("key", AT, {"value": Source(environ="KEY")}), "1")
    return shop


def texts(kind: Any) -> Iterator[str]:
    """Yield the names of fields that hold texts, in a type and all that it is made of."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        for field in fields(kind):
            if any(each is str for each in leaves(field.type)):
                yield field.name
            for each in leaves(field.type):
                yield from texts(each)


def leaves(kind: Any) -> Iterator[Any]:
    """Yield the types that a type is made of."""
    if isinstance(kind, UnionType) or typing.get_args(kind):
        for each in typing.get_args(kind):
            yield from leaves(each)
    else:
        yield str if isinstance(kind, str) else kind


def test_every_text_of_a_fact_is_a_sentence_or_to_the_letter():
    """A new field has to be said to be the one or the other: nothing is shown unmasked because nobody thought of it."""
    found = {name for kind in typing.get_args(Fact) for name in texts(kind)}
    assert found <= SAID | TO_THE_LETTER, found - SAID - TO_THE_LETTER
    assert not SAID & TO_THE_LETTER


def test_sentences_are_masked_and_names_stay():
    """However deep they are in a fact; a pod that is called like a secret is still found."""
    shop = locked()
    told = Discreet(shop, Mask(shop.vault.secrets))
    quoted, masked = f"no login with {SECRET}", "no login with [secret]"
    for made, expected in (
        (Deployed("i", error=quoted, hint=quoted), Deployed("i", error=masked, hint=masked)),
        (Imaged("i", name=SECRET, tail=(quoted,)), Imaged("i", name=SECRET, tail=(masked,))),
        (Linked("i", down=quoted, error=quoted), Linked("i", down=masked, error=masked)),
        (Updated("i", error=quoted, ended=quoted), Updated("i", error=masked, ended=masked)),
        (Cleared("i", error=quoted), Cleared("i", error=masked)),
        (Relayed("i", error=quoted), Relayed("i", error=masked)),
        (Explained("i", (quoted,)), Explained("i", (masked,))),
        (Forwarding("i", quoted, pods=(SECRET,)), Forwarding("i", masked, pods=(SECRET,))),
        (Run(1, "i", ended=Ending(0, error=quoted)), Run(1, "i", ended=Ending(0, error=masked))),
        (
            Rollout("Deployment", SECRET, failure=quoted, detail=quoted, pods=(PodSeen(SECRET, "u", reason=quoted),)),
            Rollout("Deployment", SECRET, failure=masked, detail=masked, pods=(PodSeen(SECRET, "u", reason=masked),)),
        ),
    ):

        async def put(fact: Fact = made) -> None:
            told.put(KEY, fact)

        run_virtually(put())
        assert shop.facts[-1][2] == expected


def carried_out(shop: Harbour, job: Job, expected: str) -> None:
    """Carry out a job as a house does and see what is told."""

    async def story() -> None:
        async with shop.beside(roster(shop.outside, shop)(Latest(job))):
            await quiet()
        assert expected in str(shop.facts)
        assert SECRET not in str(shop.facts)

    in_harbour(shop, story)


def test_a_refusal_that_quotes_a_secret_is_told_without_it():
    """Who admits objects may say what he did not like in them."""
    shop, node = locked(), service("api")
    refusal = ClusterError(f'"{SECRET}" is too long', reason="Invalid", code=422)
    shop.cluster.refusals["Deployment", "api"] = [refusal]
    carried_out(shop, Deploy(("deploy", "api", 0), "i", "api", scene(node)), '[secret]" is too long')


def test_a_job_that_cannot_be_made_is_told_without_secrets():
    """Neither in the end of its run nor in its last lines."""
    shop, node = locked(), task("seed")
    shop.cluster.refusals["Job", "seed"] = [ClusterError(f"denied: {SECRET}", reason="Forbidden", code=403)]
    job = RunPodTask(("run", "seed", 0), "i", node, 1, "s", 0, "", scene=scene(node))
    carried_out(shop, job, "denied: [secret]")


def test_a_cluster_that_nothing_leads_to_is_told_without_secrets():
    """A plugin for logins may print what it was given."""
    shop = locked()
    shop.clusters.refusal = OutsideError(f"the login failed: {SECRET}")

    async def main() -> None:
        job = WatchCluster(("cluster", "", 0), "site-1", Site("fake", "demo"))
        async with shop.beside(roster(shop.outside, shop)(Latest(job))):
            await quiet()

    run_virtually(main())
    assert [fact.error for _, fact in shop.of("cluster") if isinstance(fact, Linked)] == ["the login failed: [secret]"]


def test_a_secret_across_the_end_of_what_is_kept_of_a_message_is_masked():
    """What a program left as its last message is cut to be shown: no piece of a secret is left of it."""
    shop = locked()
    long = "." * 230 + SECRET + "." * 300

    async def story() -> None:
        ended = {"exitCode": 1, "reason": "StartError", "message": long}
        status = {"name": "api", "state": {"terminated": ended}, "restartCount": 0}
        shop.make(
            "Pod", "api-1", node="api", spec={"restartPolicy": "Never", "containers": [{"name": "api", "image": "x"}]},
            status={"phase": "Failed", "containerStatuses": [status]},
        )  # fmt: skip
        about = {"kind": "Pod", "name": "api-1", "uid": "u", "fieldPath": "spec.containers{api}"}
        shop.make(
            "Event", "e", owner="", involvedObject=about, reason="Failed", message="." * 395 + SECRET, type="Warning"
        )
        await quiet()
        mirror = shop.outside.cloud.mirror
        kept = str([mirror.of({}), mirror.happened("Pod", "api-1"), shop.facts])
        assert "[secret" in kept
        assert "s3cr" not in kept

    in_harbour(shop, story)
