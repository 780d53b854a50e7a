"""What holds for the objects of any stack."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from shop import HIDDEN, SECRETS, SHOP, graph, service, site, task

from homeport.model.containers import Container, NamedImage
from homeport.model.nodes import Node
from homeport.model.parts import Port
from homeport.render.emit import documents
from homeport.render.naming import DIGEST
from homeport.render.plain import Object
from homeport.render.render import render

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
names = st.from_regex(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)


@st.composite
def stacks(draw: st.DrawFn) -> list[Node]:
    """Draw services and tasks with any names, which may be those that we give to objects beside others."""
    base = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    more = [f"{name}{suffix}"[:63].rstrip("-") for name in base for suffix in draw(st.sets(st.sampled_from(
        ["-env", "-files", "-pods", "-data", "-env-2"])))]  # fmt: skip
    found: list[Node] = []
    for name in dict.fromkeys([*base, *more]):
        kept = Container(NamedImage("x"), data="/data", env={"A": "b", "PASSWORD": "abc"}, files={"/a": "b"})
        kind = draw(st.sampled_from(["deployment", "stateful", "job"]))
        ports = (Port("main", 80),)
        found.append(
            service(name, ports=ports, env={"A": "b"})
            if kind == "deployment"
            else service(name, kept, ports=ports)
            if kind == "stateful"
            else task(name, kept)
        )
    return found


@given(stacks())
def test_names_are_labels_and_belong_to_one_object(nodes: list[Node]) -> None:
    """Whatever nodes are called, every object has a name that is a DNS label, and no two of a kind share one."""
    of = graph(*nodes)
    made = render(of, site(of))
    assert all(LABEL.fullmatch(each["metadata"]["name"]) for each in made)
    known = [(each["kind"], each["metadata"]["name"]) for each in made]
    assert len(set(known)) == len(known)


@given(stacks())
def test_selectors_find_their_pods_and_nobody_elses(nodes: list[Node]) -> None:
    """A Service or workload selects the pods of its node, and of no other."""
    of = graph(*nodes)
    made = render(of, site(of))
    pods = [each["spec"]["template"]["metadata"]["labels"] for each in made if "template" in each.get("spec", {})]
    for each in made:
        chosen = each.get("spec", {}).get("selector")
        if chosen is not None:
            wanted = chosen.get("matchLabels", chosen)
            found = [labels for labels in pods if wanted.items() <= labels.items()]
            own = each["metadata"]["labels"]["app.kubernetes.io/name"]
            assert [labels["app.kubernetes.io/name"] for labels in found] == [own]


@given(stacks())
def test_what_pods_refer_to_is_there(nodes: list[Node]) -> None:
    """Every ConfigMap, Secret, claim, account and headless Service that a pod names is one of the objects."""
    of = graph(*nodes)
    made = render(of, site(of))
    known = {(each["kind"], each["metadata"]["name"]) for each in made}
    assert set(_referred(made)) <= known


def _referred(made: tuple[Object, ...]) -> Iterator[tuple[str, str]]:
    for each in made:
        if "template" not in each.get("spec", {}):
            continue
        spec = each["spec"]["template"]["spec"]
        yield "ServiceAccount", spec["serviceAccountName"]
        if each["kind"] == "StatefulSet":
            yield "Service", each["spec"]["serviceName"]
        for source in spec["containers"][0].get("envFrom", []):
            yield "ConfigMap", source["configMapRef"]["name"]
        for variable in spec["containers"][0].get("env", []):
            yield "Secret", variable["valueFrom"]["secretKeyRef"]["name"]
        for volume in spec.get("volumes", []):
            if "persistentVolumeClaim" in volume:
                yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
            yield (
                ("ConfigMap", volume["configMap"]["name"])
                if "configMap" in volume
                else (
                    ("Secret", volume["secret"]["secretName"])
                    if "secret" in volume
                    else ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
                )
            )


def test_the_same_stack_gives_the_same_text() -> None:
    """Two renderings of a stack are equal, letter by letter."""
    first, second = graph(*SHOP), graph(*SHOP)
    assert documents(render(first, site(first))) == documents(render(second, site(second)))


def test_the_text_is_the_objects() -> None:
    """What is read from the text are the objects that were rendered."""
    of = graph(*SHOP)
    made = render(of, site(of, secrets=SECRETS, key=b"key"))
    assert tuple(yaml.load_all(documents(made), yaml.CSafeLoader)) == made


def test_nothing_secret_is_in_the_objects_unless_it_is_to_be_shown() -> None:
    """Declared secrets, settings, literals, options and texts made of them are left out, in any encoding."""
    from base64 import b64encode

    of = graph(*SHOP)
    left_out, shown = documents(render(of, site(of))), documents(render(of, site(of, secrets=SECRETS)))
    for secret in HIDDEN:
        assert secret not in left_out
        assert b64encode(secret.encode()).decode()[:-4] not in left_out
        assert secret not in shown  # only as base64, in Secrets
    kinds = [each["kind"] for each in render(of, site(of)) if each.get("data") and each["kind"] == "Secret"]
    assert kinds == []


def test_digests_do_not_betray_secrets() -> None:
    """While values are left out, or without a key, no digest depends on one."""
    other = {"db-password": {"value": "other"}, "jwt": {"es256.key": "other", "unused": "x"}}
    of = graph(*SHOP)
    assert _digests(render(of, site(of, secrets=SECRETS))) == _digests(render(of, site(of, secrets=other)))
    assert _digests(render(of, site(of))) == _digests(render(of, site(of, secrets=SECRETS)))


def test_a_changed_secret_rolls_the_pods_and_runs_no_task_again() -> None:
    """With a key, the pods of services that use a changed secret get another digest; Jobs keep their name."""
    of = graph(*SHOP)
    first = render(of, site(of, secrets=SECRETS, key=b"key"))
    second = render(of, site(of, secrets={**SECRETS, "db-password": {"value": "other"}}, key=b"key"))
    before, after = _pod_digests(first), _pod_digests(second)
    assert {name for name in before if before[name] != after[name]} == {"api", "db"}
    assert _names(first, "Job") == _names(second, "Job")


def test_changed_configuration_rolls_the_pods() -> None:
    """A changed setting gives the pods that read it another digest, and no others; the selector stays."""
    of = graph(*SHOP)
    changed = {".env": {"LANG": "no"}}
    before, after = render(of, site(of)), render(of, site(of, settings=changed))
    assert {name for name in _pod_digests(before) if _pod_digests(before)[name] != _pod_digests(after)[name]} == {
        "api",
        "worker",
    }


def test_another_definition_is_another_job() -> None:
    """A Job cannot be changed: with another command it has another name, with the same one the same."""
    first, second = graph(task("t", args=("a",))), graph(task("t", args=("b",)))
    assert _names(render(first, site(first)), "Job") == _names(render(first, site(first)), "Job")
    assert _names(render(first, site(first)), "Job") != _names(render(second, site(second)), "Job")


def test_an_object_of_who_is_no_pod_is_not_there() -> None:
    """Who has no image at this site has no object, whatever the file says."""
    of = graph(*SHOP)
    chosen = site(of)
    made = render(of, replace(chosen, images={"db": "x"}))
    assert {each["metadata"]["labels"].get("app.kubernetes.io/name") for each in made} == {None, "db", "db-password"}


def test_needs_come_first() -> None:
    """Objects stand after those of what they need, and the namespace before all."""
    of = graph(*SHOP)
    made = render(of, site(of))
    order = [each["metadata"]["labels"].get("app.kubernetes.io/name") for each in made]
    assert made[0]["kind"] == "Namespace"
    assert order.index("db") < order.index("schema") < order.index("api")


def test_one_service_does_not_change_another() -> None:
    """The objects of a service do not depend on services that it does not use."""
    alone, together = graph(*SHOP), graph(*SHOP, service("late", ports=(Port("main", 1),)))
    before = {(each["kind"], each["metadata"]["name"]): each for each in render(alone, site(alone))}
    after = {(each["kind"], each["metadata"]["name"]): each for each in render(together, site(together))}
    assert before.items() <= after.items()


def _digests(made: tuple[Object, ...]) -> list[tuple[str, str]]:
    return [(each["metadata"]["name"], each["metadata"]["annotations"][DIGEST]) for each in made]


def _pod_digests(made: tuple[Object, ...]) -> dict[str, Any]:
    kinds = ("Deployment", "StatefulSet")
    return {each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"][DIGEST]
            for each in made if each["kind"] in kinds}  # fmt: skip


def _names(made: tuple[Object, ...], kind: str) -> list[str]:
    return [each["metadata"]["name"] for each in made if each["kind"] == kind]
