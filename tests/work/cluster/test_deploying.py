"""Bringing objects to a cluster: what differs, once, and nothing of anybody else's."""

from typing import Any

import pytest
from harbour import Harbour, in_harbour, last, pass_time, quiet, scene, service

from homeport.model.cluster_jobs import Deploy, DeployCommon
from homeport.model.errors import RefusedError
from homeport.model.ownership import OWNER
from homeport.model.places import Site
from homeport.model.shipped import Deployed
from homeport.ports.cluster import ClusterError, FieldConflict, Scope, Unreachable
from homeport.work.cluster.deploying import deploy, deploy_common

API = service("api")
FIXED = ClusterError("spec.selector: Invalid value: field is immutable", reason="Invalid", code=422)
CLAIMS = ClusterError(
    "updates to statefulset spec for fields other than 'replicas' are forbidden", reason="Invalid", code=422
)


def job(identity: str = "id-1", **more: Any) -> Deploy:
    """Return the job that applies ``api``."""
    return Deploy(("deploy", "api", 0), identity, "api", scene(API), **more)


async def applied(shop: Harbour, **more: Any) -> Deployed:
    """Carry out the job and return what it told."""
    await deploy(job(**more), shop.outside, shop)
    await quiet()
    found = last(shop.of("deploy"))
    assert isinstance(found, Deployed)
    return found


def test_only_what_differs_is_applied():
    """The first time everything, then nothing, then the one object that is another."""
    shop = Harbour()

    async def story() -> None:
        told = await applied(shop)
        assert (told.error, told.digest) == ("", "1 demo/api:1")
        assert shop.asked("apply") == ['apply ConfigMap "api"', 'apply Deployment "api"']
        await applied(shop)
        assert shop.asked("apply") == []
        shop.cluster.set(Scope("apps/v1", "Deployment", "demo", name="api"), metadata={
            **(await shop.cluster.get(Scope("apps/v1", "Deployment", "demo", name="api")))["metadata"],  # type: ignore[index]
            "annotations": {"homeport.dev/digest": "another"},
        })  # fmt: skip
        await quiet()
        await applied(shop)
        assert shop.asked("apply") == ['apply Deployment "api"']

    in_harbour(shop, story)


def test_objects_of_the_same_name_by_others_are_never_touched():
    """Neither another instance's, whose manager has our name, nor somebody's who has never heard of us."""
    for owner, who in (("owner-2", "another instance"), ("", "somebody else")):
        shop = Harbour()
        shop.make("Deployment", "api", "apps/v1", owner=owner)

        async def story(shop: Harbour = shop, who: str = who) -> None:
            told = await applied(shop)
            assert f'the Deployment "api" in the namespace "demo" belongs to {who}' in told.error
            assert "--namespace" in told.hint
            assert not told.passing
            assert shop.asked("apply", "delete") == []

        in_harbour(shop, story)


def test_what_cannot_change_and_is_there_serves_two_instances():
    """The helper's program is named after its content: two instances in one namespace may have it together."""
    shop = Harbour()
    meta = {"name": "homeport-helper-1", "namespace": "demo", "labels": {OWNER: "owner-1"}}
    shop.renderer.extra["api"] = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "immutable": True}]
    shop.make("ConfigMap", "homeport-helper-1", owner="owner-2", immutable=True)

    async def story() -> None:
        told = await applied(shop)
        assert told.error == ""
        assert shop.asked("apply") == ['apply ConfigMap "api"', 'apply Deployment "api"']

    in_harbour(shop, story)


def test_a_restart_takes_no_object_of_others_either():
    """Force is about fields, not about whose an object is."""
    shop = Harbour()
    shop.make("ConfigMap", "api", owner="owner-2")

    async def story() -> None:
        assert "belongs to another instance" in (await applied(shop, turn="h1/1", force=True)).error
        assert shop.cluster.forced == []

    in_harbour(shop, story)


@pytest.mark.parametrize("code", [0, 404, 409, 429, 500, 503])
def test_what_may_pass_is_said_to_be_passing(code: int):
    """The plan tries such a one again."""
    shop = Harbour()
    shop.cluster.refusals["ConfigMap", "api"] = [ClusterError("not now", reason="Busy", code=code, hint="wait")]

    async def story() -> None:
        told = await applied(shop)
        assert (told.error, told.hint, told.passing, told.digest) == ("not now", "wait", True, "")
        assert (await applied(shop)).error == ""

    in_harbour(shop, story)


def test_a_cluster_that_does_not_answer_is_passing():
    """It says nothing about the objects."""
    shop = Harbour()
    shop.cluster.refusals["ConfigMap", "api"] = [Unreachable("no answer within 10 s")]

    async def story() -> None:
        assert (await applied(shop)).passing

    in_harbour(shop, story)


def test_what_is_forbidden_or_invalid_is_not_passing():
    """But a namespace that is being removed is."""
    told: list[bool] = []
    for error in (
        ClusterError("no right", reason="Forbidden", code=403),
        ClusterError("unknown field", reason="Invalid", code=422),
        ClusterError('namespace "demo" is being terminated', reason="Forbidden", code=403),
    ):
        shop = Harbour()
        shop.cluster.refusals["ConfigMap", "api"] = [error]

        async def story(shop: Harbour = shop) -> None:
            told.append((await applied(shop)).passing)

        in_harbour(shop, story)
    assert told == [False, False, True]


@pytest.mark.parametrize(
    ("error", "at"),
    [
        (ClusterError('type: Unsupported value: "NodePortt"', reason="Invalid", code=422), "stack.py:1: "),
        (ClusterError('admission webhook "x" denied it', reason="Forbidden", code=403), "stack.py:1: "),
        (ClusterError("no right", reason="Forbidden", code=403), ""),
        (ClusterError("not now", reason="Busy", code=503), ""),
    ],
)
def test_what_the_author_has_to_mend_is_told_with_its_place(error: ClusterError, at: str):
    """The cluster knows objects, and a person the line of the stack file that they were made of."""
    shop = Harbour()
    shop.cluster.refusals["ConfigMap", "api"] = [error]

    async def story() -> None:
        assert (await applied(shop)).error == f"{at}{error.what}"

    in_harbour(shop, story)


def test_the_workload_comes_after_everything_around_it():
    """When something around it is refused, no pod is made anew."""
    shop = Harbour()
    shop.cluster.refusals["ConfigMap", "api"] = [ClusterError("no", reason="Invalid", code=422)]

    async def story() -> None:
        await applied(shop)
        assert shop.asked("apply") == []

    in_harbour(shop, story)


def test_another_manager_of_a_field_is_named_with_the_way_out():
    """A conflict is no passing trouble: somebody has to decide."""
    shop = Harbour()
    fields = (("kubectl", ".spec.replicas"), ("hpa", ".spec.template"), ("kubectl", ".spec.paused"))
    shop.cluster.refusals["Deployment", "api"] = [FieldConflict("apply of Deployment meets another owner", fields)]

    async def story() -> None:
        told = await applied(shop)
        assert told.hint == '"kubectl", "hpa" set the same fields; `homeport restart api` takes them over'
        assert not told.passing

    in_harbour(shop, story)


def test_only_who_was_asked_to_takes_fields_over():
    """A turn alone, as when a need was replaced, is no such wish."""
    shop = Harbour()

    async def story() -> None:
        await applied(shop, turn="h1/1")
        assert shop.cluster.forced == []
        await applied(shop, turn="h1/2", force=True)
        assert shop.cluster.forced == ['Deployment "api"']

    in_harbour(shop, story)


def test_a_fixed_field_replaces_the_object_where_that_loses_nothing():
    """A Deployment is deleted and made anew."""
    shop = Harbour()

    async def story() -> None:
        await applied(shop)
        shop.renderer.versions["api"] = "2"
        shop.cluster.refusals["Deployment", "api"] = [FIXED]
        shop.asked()
        told = await applied(shop)
        assert (told.error, told.digest) == ("", "2 demo/api:1")
        assert shop.asked("delete", "refuse", "apply Deployment") == [
            'refuse Deployment "api"', 'delete Deployment "api"', 'apply Deployment "api"',
        ]  # fmt: skip

    in_harbour(shop, story)


def test_an_object_that_takes_its_time_to_go_is_waited_for():
    """While the old one is still being removed, the new one is tried again later."""
    shop = Harbour()

    async def story() -> None:
        shop.cluster.refusals["Deployment", "api"] = [FIXED, FIXED]
        told = await applied(shop)
        assert told.error == 'the earlier Deployment "api" is still being removed'
        assert told.passing

    in_harbour(shop, story)


def test_a_stateful_set_is_never_replaced_on_our_own():
    """The error says what it is about, and what makes it anew without its data being lost."""
    shop = Harbour()
    shop.renderer.extra["api"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "api", "namespace": "demo", "labels": {OWNER: "owner-1"}},
        }
    ]
    shop.cluster.refusals["StatefulSet", "api"] = [CLAIMS]

    async def story() -> None:
        told = await applied(shop)
        assert told.error.startswith(
            'stack.py:1: the StatefulSet "api" cannot be changed in this way while it lives: updates to'
        )
        assert '"kubectl --context fake delete statefulset api -n demo"' in told.hint
        assert "volumes stay" in told.hint
        assert not told.passing
        assert shop.asked("delete") == []

    in_harbour(shop, story)


def test_what_is_not_rendered_any_more_is_removed():
    """Except volumes, pods, what a controller made, and what stands for the relay."""
    shop = Harbour()
    owned = {"ownerReferences": [{"uid": "x", "kind": "Deployment", "name": "api"}]}
    shop.make("Secret", "api-old", node="api")
    shop.make("PersistentVolumeClaim", "data-api-0", node="api")
    shop.make("Pod", "api-1", node="api")
    shop.make("ConfigMap", "api-made", node="api", meta=owned)
    shop.make("Service", "api", labels={"app.kubernetes.io/component": "relay"})
    shop.make("Secret", "api-theirs", node="api", owner="owner-2")

    async def story() -> None:
        await applied(shop)
        assert shop.asked("delete") == ['delete Secret "api-old"']

    in_harbour(shop, story)


def test_a_rollout_knows_what_was_applied_by_the_digests_in_its_own_order():
    """Several workloads are told by kind and name, whatever the order in which they were rendered."""
    shop = Harbour()
    shop.renderer.extra["api"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {
                "name": "api-peers", "namespace": "demo", "labels": {OWNER: "owner-1", "app.kubernetes.io/name": "api"},
                "annotations": {"homeport.dev/digest": "peers"},
            },
        }
    ]  # fmt: skip

    async def story() -> None:
        told = await applied(shop)
        assert told.digest == last(shop.of("rollout")).digest == "1 demo/api:1,peers"

    in_harbour(shop, story)


def test_what_is_told_names_the_kinds_that_can_be_missed():
    """So that the plan notices when one of them is gone."""
    shop = Harbour()
    shop.renderer.extra["api"] = [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
         "metadata": {"name": "api", "namespace": "demo", "labels": {OWNER: "owner-1"}}}
    ]  # fmt: skip

    async def story() -> None:
        assert (await applied(shop)).kinds == ("ConfigMap", "Deployment")

    in_harbour(shop, story)


def test_what_cannot_be_rendered_is_told():
    """It is a refusal like any other, with the next step."""
    shop = Harbour()
    shop.renderer.refusals["api"] = RefusedError("a pod has no such port", hint="name another")

    async def story() -> None:
        told = await applied(shop)
        assert (told.error, told.hint, told.passing) == ("a pod has no such port", "name another", False)

    in_harbour(shop, story)


def test_nothing_is_applied_without_a_link():
    """The worker waits for one."""
    shop = Harbour()
    shop.clusters.refusal = RefusedError("this context was not allowed", hint="allow it")

    async def story() -> None:
        async with shop.beside(deploy(job(), shop.outside, shop)):
            await pass_time(60)
        assert shop.of("deploy") == []

    in_harbour(shop, story)


OWN = Site("fake", None)


def common() -> DeployCommon:
    """Return the job for what all share."""
    return DeployCommon(("deploy", "", 0), "id-1", scene(API))


def test_a_namespace_of_ours_is_made_once_and_remembered_before():
    """What has objects in the cluster is remembered before the first of them is made."""
    shop = Harbour()

    async def story() -> None:
        await shop.cluster.delete(Scope("v1", "Namespace", name="demo"))
        await quiet()
        await deploy_common(common(), shop.outside, shop)
        assert shop.clusters.kept == {"api"}
        assert "demo" in shop.there("Namespace")
        await quiet()
        shop.asked()
        await deploy_common(common(), shop.outside, shop)
        assert shop.asked("apply", "get") == [], "the mirror knows it"
        assert last(shop.of("deploy")).error == ""

    in_harbour(shop, story, site=OWN)


def test_a_namespace_of_somebody_else_is_refused():
    """Also another instance's."""
    shop = Harbour()

    async def story() -> None:
        await deploy_common(common(), shop.outside, shop)
        told = last(shop.of("deploy"))
        assert told.error == 'the namespace "demo" of fake belongs to somebody else'
        assert "--namespace" in told.hint
        assert shop.asked("apply") == []

    in_harbour(shop, story, site=OWN)


def test_a_namespace_of_ours_that_is_being_deleted_is_waited_for():
    """Nothing can be made in it, and it can be made anew only once it is gone."""
    shop = Harbour()
    meta = {"name": "demo", "labels": {OWNER: "owner-1"}, "deletionTimestamp": "2026-01-01T00:00:00Z"}

    async def story() -> None:
        shop.cluster.set(Scope("v1", "Namespace", name="demo"), metadata=meta)
        await deploy_common(common(), shop.outside, shop)
        told = last(shop.of("deploy"))
        assert (told.error, told.passing) == ('the namespace "demo" of fake is being deleted', True)
        assert shop.asked("apply") == []

    in_harbour(shop, story, site=OWN)


def test_a_namespace_that_was_named_is_never_made():
    """It belongs to whoever made it."""
    shop = Harbour()

    async def story() -> None:
        await deploy_common(common(), shop.outside, shop)
        assert last(shop.of("deploy")).error == ""
        assert shop.asked("apply") == []

    in_harbour(shop, story)
