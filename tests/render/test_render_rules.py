"""Single rules of what becomes of a service in a cluster."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from shop import AT, NGINX, SHOP, graph, service, site, task, text

from homeport.model.containers import Container
from homeport.model.errors import RefusedError
from homeport.model.nodes import Node, Secret, Service, Source, Tool
from homeport.model.parts import CommandProbe, Exec, HttpProbe, Port, Shell, TcpProbe, Timing
from homeport.model.values import Ref
from homeport.render.naming import NOTICE
from homeport.render.patching import merged
from homeport.render.render import render
from homeport.render.site import Address
from homeport.render.values import escaped

HTTP = (Port("main", 8000),)
KEY = Secret("key", AT, {"value": Source(generate="password")})


def rendered(*nodes: Node, **more: Any) -> dict[tuple[str, str], Any]:
    """Return the objects of a stack by kind and name of the node."""
    of = graph(*nodes)
    return {(each["kind"], each["metadata"]["labels"].get("app.kubernetes.io/name", "")): each
            for each in render(of, site(of, **more))}  # fmt: skip


def container(made: dict[tuple[str, str], Any], kind: str, name: str) -> Any:
    """Return the container of a workload."""
    return made[kind, name]["spec"]["template"]["spec"]["containers"][0]


def expanded(given: str) -> str:
    """Return what Kubernetes makes of a word of a command, where no variable is known (its ``expansion.Expand``)."""
    found, at = [], 0
    while at < len(given):
        if given[at] != "$" or at + 1 == len(given):
            found.append(given[at])
            at += 1
        elif given[at + 1] == "$":
            found.append("$")
            at += 2
        elif given[at + 1] == "(" and ")" in given[at:]:
            found.append("<a variable>")
            at = given.index(")", at) + 1
        else:
            found.append(given[at : at + 2])
            at += 2
    return "".join(found)


@given(st.text("$()aB \n"))
def test_kubernetes_leaves_words_as_they_are(word: str) -> None:
    """Kubernetes replaces ``$(NAME)`` and ``$$`` in commands; ours arrive as the file says them."""
    assert expanded(escaped(word)) == word


def test_the_image_runs_its_own_command_where_nobody_says_one() -> None:
    """Without ``run=`` there is no command; the container's own wins over the service's."""
    made = rendered(service("a", run=None), service("b", Container(NGINX, run=Exec(("in",))), run=Exec(("out",))))
    assert "command" not in container(made, "Deployment", "a")
    assert container(made, "Deployment", "b")["command"] == ["in"]


def test_others_are_reached_by_their_names() -> None:
    """A pod reaches another under its name and container port, and who lives elsewhere under that address."""
    env = {
        "A": text(Ref("a", "host"), ":", Ref("a", "port:main")),
        "B": text(Ref("b", "host"), ":", Ref("b", "port:main")),
    }
    away = {"b": Address("10.0.0.7", {"main": 40123})}
    port = (Port("main", 8000, host=9000),)
    nodes = (service("a", ports=port), service("b", ports=port), service("user", env=env))
    data = rendered(*nodes, elsewhere=away)["ConfigMap", "user"]["data"]
    assert data == {"A": "a:8000", "B": "10.0.0.7:40123"}


def test_a_tool_is_called_by_its_name() -> None:
    """A program of a tool is one of the image's PATH."""
    made = rendered(Tool("pg", AT, "postgres"), service("a", run=Exec((text(Ref("pg", "program:pg_isready")),))))
    assert container(made, "Deployment", "a")["command"] == ["pg_isready"]


@pytest.mark.parametrize("key", ["homeport:python", "launcher:redis", "data", "runtime"])
def test_what_is_on_this_machine_only_is_refused(key: str) -> None:
    """A reference to what no container has is an error that names the service and the way out."""
    with pytest.raises(RefusedError, match=r'"a" uses .* on this machine only') as caught:
        rendered(service("a", run=Exec((text(Ref("", key)),))))
    assert "container(" in (caught.value.hint or "")


def test_a_secret_in_a_command_is_refused() -> None:
    """Everybody who sees a pod sees its command."""
    with pytest.raises(RefusedError, match='the command of "a" holds a secret'):
        rendered(KEY, service("a", run=Exec((text(Ref("key", "value:value")),))))


def test_who_listens_is_probed_without_a_word() -> None:
    """A port is expected to accept connections: eagerly while the program starts, calmly afterwards; no port, no probe."""
    made = rendered(service("a", ports=HTTP), service("b"))
    found = container(made, "Deployment", "a")
    assert found["startupProbe"] == {"tcpSocket": {"port": 8000}, "periodSeconds": 1, "timeoutSeconds": 2,
                                     "failureThreshold": 600}  # fmt: skip
    assert found["readinessProbe"] | {"periodSeconds": 5, "failureThreshold": 3} == found["readinessProbe"]
    assert "livenessProbe" not in found
    assert not {"startupProbe", "readinessProbe"} & container(made, "Deployment", "b").keys()


def test_probes_keep_their_timing_in_whole_seconds() -> None:
    """Fractions are rounded up; only readiness may ask for several successes."""
    timing = Timing(every=0.2, timeout=0.3, after=1.2, successes=2, failures=7)
    made = rendered(service("a", ready=CommandProbe(Shell("true"), timing), live=CommandProbe(Shell("true"), timing)))
    found = container(made, "Deployment", "a")
    ready, live, start = found["readinessProbe"], found["livenessProbe"], found["startupProbe"]
    assert (ready["periodSeconds"], ready["timeoutSeconds"], ready["successThreshold"], ready["failureThreshold"]) == (
        1,
        1,
        2,
        7,
    )
    assert "successThreshold" not in live
    assert "successThreshold" not in start
    assert (start["initialDelaySeconds"], live["initialDelaySeconds"], ready.get("initialDelaySeconds")) == (2, 2, None)


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (HttpProbe("/", statuses=(401,)), "expects a status that Kubernetes takes for a failure"),
        (HttpProbe("/", headers={"Authorization": text(Ref("key", "value:value"))}), "sends a secret"),
    ],
)
def test_what_a_probe_cannot_do_is_said(probe: HttpProbe, said: str) -> None:
    """Where the kubelet cannot look as the file says, it only connects, and the workload says so."""
    made = rendered(KEY, service("a", ports=HTTP, ready=probe))
    assert container(made, "Deployment", "a")["readinessProbe"]["tcpSocket"] == {"port": 8000}
    assert said in made["Deployment", "a"]["metadata"]["annotations"][NOTICE]


def test_an_existing_namespace_is_used_and_not_made() -> None:
    """With a namespace of somebody else there is no such object, and all others are in it."""
    made = rendered(*SHOP, namespace="team", creates=False)
    assert not any(kind == "Namespace" for kind, _ in made)
    assert {each["metadata"]["namespace"] for each in made.values()} == {"team"}


def test_the_number_of_replicas_is_the_sites() -> None:
    """A site may ask for another number; who does not start by itself has none."""
    made = rendered(service("a", replicas=3), service("b", starts=False), replicas={"a": 7})
    assert made["Deployment", "a"]["spec"]["replicas"] == 7
    assert made["Deployment", "b"]["spec"]["replicas"] == 0


def test_a_patch_joins_removes_and_replaces() -> None:
    """A patch is a JSON merge patch (RFC 7386, its own examples)."""
    assert merged({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}) == {"a": {"b": "d"}}
    assert merged({"a": [{"b": "c"}]}, {"a": [1]}) == {"a": [1]}
    assert merged({"e": None}, {"a": 1}) == {"e": None, "a": 1}
    assert merged({}, {"a": {"bb": {"ccc": None}}}) == {"a": {"bb": {}}}
    assert merged([1, 2], {"a": "b", "c": None}) == {"a": "b"}


def test_a_patch_of_another_kind_is_refused_with_those_there_are() -> None:
    """A kind that the service does not have is an error that lists its kinds."""
    with pytest.raises(RefusedError, match='"a" patches "Deploymnt"') as caught:
        rendered(service("a", Container(NGINX, patch={"Deploymnt": {}}), ports=HTTP))
    assert caught.value.hint == "it has ServiceAccount, ConfigMap, Service, Deployment"


def test_a_patch_of_the_pods_rolls_them() -> None:
    """What a patch changes in a pod changes the object's digest."""
    plain = rendered(service("a"))["Deployment", "a"]
    patched = rendered(service("a", Container(NGINX, patch={"Deployment": {"spec": {"paused": True}}})))
    assert patched["Deployment", "a"]["metadata"]["annotations"] != plain["metadata"]["annotations"]


def test_a_service_may_not_begin_with_a_digit() -> None:
    """Kubernetes refuses such a Service; we say so first."""
    with pytest.raises(RefusedError, match='"7up" cannot be the name of a Service'):
        rendered(service("7up", ports=HTTP))


def test_an_own_probe_of_the_container_wins() -> None:
    """The container's probe is looked at instead of the service's."""
    made = rendered(service("a", Container(NGINX, ready=HttpProbe("/in")), ports=HTTP, ready=TcpProbe()))
    assert container(made, "Deployment", "a")["readinessProbe"]["httpGet"]["path"] == "/in"


def test_files_with_the_same_name_stay_two() -> None:
    """Two files of one name in different folders have different keys."""
    made = rendered(service("a", Container(NGINX, files={"/x/f.txt": "1", "/y/f.txt": "2"})))
    assert sorted(made["ConfigMap", "a"]["data"].values()) == ["1", "2"]
    mounts = container(made, "Deployment", "a")["volumeMounts"]
    data = made["ConfigMap", "a"]["data"]
    assert {mount["mountPath"]: data[mount["subPath"]] for mount in mounts} == {"/x/f.txt": "1", "/y/f.txt": "2"}


def test_only_pods_of_this_site_are_rendered() -> None:
    """A service without an image at this site is no object."""
    of = graph(service("a"), task("t"))
    made = render(of, replace(site(of), images={"a": "x"}))
    assert {each["kind"] for each in made} == {"Namespace", "ServiceAccount", "Deployment"}
    assert isinstance(of.nodes["a"], Service)
