"""Sidecars and init containers: what surrounds the container of a service in its pods."""

from typing import Any

from shop import AT, NGINX, SECRETS, graph, service, site, task, text
from test_render_golden import compare

from homeport.model.containers import Companion, Container, Resources
from homeport.model.nodes import Node, Secret, Source
from homeport.model.parts import CommandProbe, Exec, HttpProbe, LogProbe, Port, Shell
from homeport.model.values import Ref
from homeport.render.emit import documents
from homeport.render.naming import NOTICE
from homeport.render.plain import Object
from homeport.render.render import render, render_node
from homeport.render.site import HelperIn

PASSWORD = Secret("db-password", AT, {"value": Source(generate="password")})
DSN = text("redis://:", Ref("db-password", "value:value"), "@cache")
ASSETS = Exec(("build", "--for", text(Ref("", "port:main"))))
PROXY = Exec(("envoy", text(Ref("", "port:admin")), text(Ref("", "port:main"))))
SURROUNDED = service(
    "api",
    Container(
        NGINX,
        mounts={"assets": "/srv/assets"},
        data="/data",
        init={
            "assets": Companion(run=ASSETS, mounts={"assets": "/out"}, env={"N": "1"}),
            "migrate": Companion("migrate:1", files={"/etc/m.conf": "a=b\n", "/etc/dsn": DSN}, env={"DSN": DSN}),
        },
        sidecars={
            "proxy": Companion(
                "envoy:1",
                PROXY,
                {"KEY_FILE": text(Ref("db-password", "path:value")), "TOKEN": text(Ref("db-password", "value:value"))},
                ports=(Port("admin", 9901),),
                ready=HttpProbe("/ready"),
                resources=Resources("50m", "64Mi"),
                user=7,
                first=True,
            ),
            "backup": Companion("backup:1", mounts={"data": "/data"}, live=CommandProbe(Shell("true"))),
        },
    ),
    ports=(Port("main", 8000),),
    env={"MODE": "a", "DSN": DSN},
)


def pods(made: Object) -> Any:
    """Return the pods of a workload."""
    return made["spec"]["template"]["spec"]


def only(*nodes: Node, kind: str, **more: Any) -> Object:
    """Return the only object of a kind."""
    of = graph(*nodes)
    (found,) = (each for each in render(of, site(of, **more)) if each["kind"] == kind)
    return found


def test_a_surrounded_service_is_as_pictured() -> None:
    """All that surrounds a service's container is what the golden file shows."""
    of = graph(PASSWORD, SURROUNDED)
    compare("surrounded", documents(render(of, site(of))))


def test_containers_stand_in_their_order() -> None:
    """Sidecars that come first do, then init containers, then the service, then the other sidecars."""
    made = pods(only(PASSWORD, SURROUNDED, kind="StatefulSet"))
    assert [each["name"] for each in made["initContainers"]] == ["proxy", "assets", "migrate"]
    assert [each["name"] for each in made["containers"]] == ["api", "backup"]
    assert [each.get("restartPolicy") for each in made["initContainers"]] == ["Always", None, None]


def test_the_services_own_image_brings_its_environment() -> None:
    """A companion without an image is the service's image with its environment; one with an image has its own only."""
    made = pods(only(PASSWORD, SURROUNDED, kind="StatefulSet"))
    own, (_, assets, migrate) = made["containers"][0], made["initContainers"]
    assert (assets["image"], assets["envFrom"]) == (own["image"], own["envFrom"])
    assert assets["env"] == [*own["env"], {"name": "N", "value": "1"}]
    assert "envFrom" not in migrate


def test_a_sidecar_of_a_task_never_keeps_it_from_ending() -> None:
    """A Job is done when its own container is: a sidecar beside it is one that Kubernetes ends."""
    made = pods(only(task("t", Container(NGINX, sidecars={"proxy": Companion("envoy:1")})), kind="Job"))
    assert [each["name"] for each in made["containers"]] == ["t"]
    assert made["initContainers"][0]["restartPolicy"] == "Always"


def test_ports_of_sidecars_are_the_services() -> None:
    """A sidecar's port is reached under the service's name, where the service has none itself, too."""
    how = Container(NGINX, sidecars={"proxy": Companion("envoy:1", ports=(Port("proxy", 80),))})
    assert only(service("a", how), kind="Service")["spec"]["ports"] == [{"port": 80, "name": "proxy", "targetPort": 80}]


def test_another_secret_of_a_sidecar_rolls_the_pods() -> None:
    """What is made of a secret for a sidecar is part of the pods' digest."""
    first, second = (
        only(PASSWORD, SURROUNDED, kind="StatefulSet", secrets={"db-password": {"value": value}}, key=b"k")
        for value in ("one", "two")
    )
    assert first["spec"]["template"]["metadata"] != second["spec"]["template"]["metadata"]


def test_no_secret_of_a_companion_stands_in_a_workload() -> None:
    """Values of secrets are in Secrets only, whoever uses them."""
    of = graph(PASSWORD, SURROUNDED)
    made = render(of, site(of, secrets=SECRETS, key=b"k"))
    assert SECRETS["db-password"]["value"] not in documents(each for each in made if each["kind"] != "Secret")


def test_a_secret_is_mounted_where_it_is_read() -> None:
    """What one container reads by its path is in no other container of the pod."""
    made = pods(only(PASSWORD, SURROUNDED, kind="StatefulSet"))
    found = [each["name"] for each in (*made["initContainers"], *made["containers"])
             if any(mount["mountPath"] == "/run/secrets/db-password" for mount in each.get("volumeMounts", []))]  # fmt: skip
    assert found == ["proxy"]


def test_what_a_sidecars_probe_cannot_do_is_said() -> None:
    """A notice about a sidecar's probe names the sidecar."""
    how = Container(NGINX, sidecars={"proxy": Companion("envoy:1", ready=LogProbe("up"))})
    said = only(service("a", how), kind="Deployment")["metadata"]["annotations"][NOTICE]
    assert said.startswith("proxy: ready= looks at the log")


def test_the_helper_goes_into_the_services_own_container() -> None:
    """Sidecars and init containers keep their commands."""
    of = graph(PASSWORD, SURROUNDED)
    made = pods(render_node(of, site(of, helpers={"api": HelperIn("h", (), ("serve",))}), "api")[-1])
    led = [each["name"] for each in (*made["initContainers"], *made["containers"])
           if each.get("command", [""])[0].startswith("/.homeport")]  # fmt: skip
    assert led == ["api"]
