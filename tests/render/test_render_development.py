"""What only a house asks for: its label, the helper in front of commands, turns, and the relay."""

from typing import Any

import pytest
from msgspec import to_builtins
from shop import NGINX, SECRETS, SHOP, graph, service, site, task
from test_render_golden import compare

from homeport.model.containers import Container, Dockerfile
from homeport.model.errors import RefusedError
from homeport.model.nodes import Node
from homeport.model.parts import Exec, Port
from homeport.render.awaiting import awaiting
from homeport.render.emit import documents
from homeport.render.injecting import FOLDER, helper_config, helper_name, injected
from homeport.render.naming import DIGEST, OWNER, TURN
from homeport.render.plain import Object
from homeport.render.relay import Relayed, relay, relayed
from homeport.render.render import render, render_common, render_node
from homeport.render.site import HelperIn

HELPER = HelperIn("homeport-helper-0123", ("/entry.sh",), ("serve", "$(PORT)"))
LED = [f"{FOLDER}/homeport-helper", "run", "--"]


def only(*nodes: Node, kind: str = "Deployment", **more: Any) -> Object:
    """Return the only object of a kind."""
    of = graph(*nodes)
    (found,) = (each for each in render(of, site(of, **more)) if each["kind"] == kind)
    return found


def container(made: Object) -> Any:
    """Return the container of a workload."""
    return made["spec"]["template"]["spec"]["containers"][0]


def digests(made: Object) -> tuple[str, str]:
    """Return the digests of a workload and of its pods."""
    return made["metadata"]["annotations"][DIGEST], made["spec"]["template"]["metadata"]["annotations"][DIGEST]


def test_nodes_and_the_common_make_the_whole() -> None:
    """The objects of all nodes and the common ones are those of the whole, each exactly the same."""
    of = graph(*SHOP)
    at = site(of, secrets=SECRETS, key=b"k", owner="i-1")
    parts = [*render_common(of, at), *(each for name in of.order for each in render_node(of, at, name))]
    assert parts == list(render(of, at))


def test_the_common_objects_need_no_images() -> None:
    """The namespace and the secrets are known before any image is."""
    of = graph(*SHOP)
    at = site(of)
    unknown = site(of, images=dict.fromkeys(at.images, ""))
    assert render_common(of, unknown) == render_common(of, at)


def test_what_is_printed_knows_nothing_of_a_house() -> None:
    """Without an owner, a helper or a turn no object speaks of one."""
    of = graph(*SHOP)
    text = documents(render(of, site(of)))
    assert not [word for word in (OWNER, TURN, FOLDER, "homeport-helper", "imagePullPolicy") if word in text]


def test_every_object_says_whose_it_is() -> None:
    """All objects, all pods and all claims carry the owner's label."""
    of = graph(*SHOP)
    for made in render(of, site(of, owner="i-1")):
        spec = made.get("spec", {})
        inner = [spec["template"], *spec.get("volumeClaimTemplates", [])] if "template" in spec else []
        assert [each["metadata"]["labels"][OWNER] for each in (made, *inner)] == ["i-1"] * (1 + len(inner))


def test_selectors_know_no_owner() -> None:
    """A selector can never be changed, so it holds only what never changes."""
    plain, owned = only(service("a")), only(service("a"), owner="i-1")
    assert plain["spec"]["selector"] == owned["spec"]["selector"]


def test_only_what_is_built_gets_a_pull_policy() -> None:
    """Images with names of their own are pulled as Kubernetes does by itself."""
    built = Container(Dockerfile("/repo/Dockerfile", "/repo"))
    assert container(only(service("a", built), pull="IfNotPresent"))["imagePullPolicy"] == "IfNotPresent"
    assert "imagePullPolicy" not in container(only(service("a"), pull="IfNotPresent"))


def test_the_helper_starts_the_command() -> None:
    """The command stands behind the helper, word by word, and the helper's file is there."""
    made = only(service("a", run=Exec(("serve", "$(X)"))), helpers={"a": HELPER})
    assert container(made)["command"] == [*LED, "serve", "$$(X)"]
    mount = {"name": "homeport-helper", "mountPath": FOLDER, "readOnly": True}
    assert container(made)["volumeMounts"] == [mount]
    volume = {"name": "homeport-helper", "configMap": {"name": HELPER.config, "defaultMode": 0o555}}
    assert made["spec"]["template"]["spec"]["volumes"] == [volume]


def test_the_helper_starts_the_images_own_command() -> None:
    """Where nobody says a command it is the image's; arguments take the place of its arguments only."""
    assert container(only(service("a", run=None), helpers={"a": HELPER}))["command"] == [
        *LED,
        "/entry.sh",
        "serve",
        "$$(PORT)",
    ]
    made = only(task("a", run=None, args=("now",)), kind="Job", helpers={"a": HELPER})
    assert container(made)["command"] == [*LED, "/entry.sh", "now"]
    assert "args" not in container(made)


def test_an_image_without_a_known_command_is_refused() -> None:
    """A helper with nothing to start would be a pod that does nothing."""
    with pytest.raises(RefusedError, match='the command of "a" is that of its image'):
        only(service("a", run=None), helpers={"a": HelperIn("h")})


def test_arguments_alone_are_for_the_images_program() -> None:
    """A task without ``run=`` gives its arguments to the image's entrypoint."""
    made = container(only(task("a", run=None, args=("now", "$(X)")), kind="Job"))
    assert (made.get("command"), made["args"]) == (None, ["now", "$$(X)"])


def test_a_command_that_a_patch_brings_is_led() -> None:
    """The helper stands in front of what the file says last."""
    own = {"containers": [{"name": "main", "image": "x", "args": ["b"], "command": ["a"]}]}
    patch = {"Deployment": {"spec": {"template": {"spec": own}}}}
    made = only(service("a", Container(NGINX, patch=patch)), helpers={"a": HELPER})
    assert container(made)["command"] == [*LED, "a", "b"]


def test_the_helper_goes_into_the_container_that_is_named() -> None:
    """Among several the name counts; a name that is not there is refused."""
    pod = {"kind": "Pod", "spec": {"containers": [{"name": "x", "command": ["x"]}, {"name": "y", "command": ["y"]}]}}
    made = injected(pod, "y", HELPER, "mine")
    assert [each["command"] for each in made["spec"]["containers"]] == [["x"], [*LED, "y"]]
    with pytest.raises(RefusedError, match='"mine" has no container "z"'):
        injected(pod, "z", HELPER, "mine")


def test_another_helper_rolls_the_pods() -> None:
    """Pods keep the program that they began with: a new one has another name."""
    first, second = (digests(only(service("a"), helpers={"a": HelperIn(name)})) for name in ("h-1", "h-2"))
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert helper_name("0" * 64) != helper_name("1" * 64)


def test_a_turn_is_no_part_of_any_digest() -> None:
    """A turn rolls pods when it is applied, and one that was forgotten changes nothing."""
    plain, turned = only(service("a")), only(service("a"), turns={"a": "7"})
    assert digests(plain) == digests(turned)
    assert turned["spec"]["template"]["metadata"]["annotations"][TURN] == "7"


def test_another_turn_of_a_task_is_another_job() -> None:
    """A Job runs once: to run again takes another one; an empty turn is none."""
    names = [only(task("a"), kind="Job", turns={"a": turn})["metadata"]["name"] for turn in ("", "1", "2", "1")]
    assert len(set(names)) == 3
    assert names[0] == only(task("a"), kind="Job")["metadata"]["name"]


def test_another_patch_of_a_task_is_another_job() -> None:
    """A Job cannot be changed, by a patch neither."""
    patched = only(task("a", Container(NGINX, patch={"Job": {"spec": {"backoffLimit": 0}}})), kind="Job")
    assert patched["metadata"]["name"] != only(task("a"), kind="Job")["metadata"]["name"]


def test_data_of_a_run_end_with_the_pod() -> None:
    """Data that are kept for a run have no claim, and never two pods at once."""
    made = only(service("a", Container(NGINX, data="/data"), keeps="run"))
    assert made["spec"]["template"]["spec"]["volumes"] == [{"name": "data", "emptyDir": {}}]
    assert container(made)["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]
    assert made["spec"]["strategy"] == {"type": "Recreate"}


def test_the_relay_is_as_pictured() -> None:
    """The helper's ConfigMap, the relay and the Services behind which it stands are what the golden file shows."""
    of = graph(*SHOP)
    at = site(of, owner="i-1")
    carried = helper_config(of, at, b"\x7fELF", "0123456789abcdef")
    services = [Relayed("web", {"main": (3000, 20001)}), Relayed("mail", {"smtp": (25, 20002), "page": (80, 20003)})]
    made = [
        carried,
        relay(of, at, carried["metadata"]["name"], "registry.k8s.io/pause:3.10"),
        *relayed(of, at, services),
    ]
    compare("relay", documents(made))


def test_a_led_workload_is_as_pictured() -> None:
    """Everything that development adds to a workload is what the golden file shows."""
    of = graph(*SHOP)
    more = {"helpers": {"api": HELPER}, "turns": {"api": "7"}, "pull": "IfNotPresent"}
    compare("led", documents(render_node(of, site(of, owner="i-1", **more), "api")[-1:]))


def test_the_relay_stays_when_services_come_and_go() -> None:
    """The relay's name is nobody's, and nothing of it depends on what it stands for."""
    of = graph(*SHOP, service("homeport-relay", ports=(Port("main", 80),)))
    assert relay(of, site(of), "c", "i")["metadata"]["name"] == "homeport-relay-2"
    assert to_builtins(relay(of, site(of), "c", "i")) == to_builtins(relay(of, site(of, turns={"api": "2"}), "c", "i"))


def test_a_job_waits_for_addresses_before_anything_else_of_it() -> None:
    """In a container that is as confined as its own, with the image that is pulled anyway."""
    inner = {"name": "x", "image": "i:1", "command": ["x"], "securityContext": {"runAsNonRoot": True}}
    pod = {"containers": [inner], "initContainers": [{"name": "first"}]}
    made = awaiting({"kind": "Job", "spec": {"template": {"spec": pod}}}, ["db:5432", "cache:6379"], "helper-1")
    found = made["spec"]["template"]["spec"]
    waits, first = found["initContainers"]
    assert waits["command"] == ["/.homeport/homeport-helper", "await", "db:5432", "cache:6379"]
    assert (waits["image"], waits["securityContext"], first["name"]) == ("i:1", {"runAsNonRoot": True}, "first")
    assert found["containers"] == [inner]
    assert [each["configMap"]["name"] for each in found["volumes"]] == ["helper-1"]
