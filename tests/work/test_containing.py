"""What a service is in a container of this machine: its own view is the container's, others are where their ports are."""

import pytest
from workshop import AT, Workshop, run_job, service

from homeport.model.containers import Container, NamedImage, Resources
from homeport.model.errors import RefusedError
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Exec, Port
from homeport.model.plan import RunService
from homeport.model.values import Ref, Text
from homeport.ports.containers import ContainerLaunch
from homeport.work.containing import container_launch, volume_name

PORTS = (Port("http", 8000), Port("admin", 8001, env="ADMIN_PORT"))


def launch_of(shop: Workshop, container: Container, **more) -> ContainerLaunch:
    """Return the launch of ``api`` in a container."""
    own = {"http": 9000, "admin": 9001} if "ports" in more else {}
    values = more.pop("values", {})
    job = run_job(service(container=container, **more), own=own, values=values)
    assert isinstance(job, RunService)
    return container_launch(job, shop.outside, "owner-id")


def box(**more) -> Container:
    return Container(NamedImage("nginx"), **more)


def ref(node: str, key: str) -> Text:
    return Text((Ref(node, key),))


def test_ports_are_those_of_the_container():
    """HOST is everywhere, PORT its own number; published they are the leased ones."""
    launch = launch_of(Workshop(), box(env={"ME": Text((Ref("", "host"), ":", Ref("", "port:admin")))}), ports=PORTS)
    assert launch.env == {"HOST": "0.0.0.0", "PORT": "8000", "ADMIN_PORT": "8001", "ME": "0.0.0.0:8001"}
    assert launch.ports == {8000: 9000, 8001: 9001}


def test_later_wins():
    """The file of settings, the service's own words, the container's; nothing of the shell."""
    shop = Workshop()
    shop.vault.load(EnvFile(".env", AT, "/repo/.env"), "x")
    launch = launch_of(shop, box(env={"B": "container"}), env_files=(".env",), env={"A": "own", "B": "own"})
    assert launch.env == {"A": "own", "B": "container"}


def test_others_are_as_the_plan_says():
    """Their names and ports come with the job."""
    values = {"db.host": "host.docker.internal", "db.port:sql": "5555"}
    address = Text((Ref("db", "host"), ":", Ref("db", "port:sql")))
    assert launch_of(Workshop(), box(env={"DB": address}), values=values).env == {"DB": "host.docker.internal:5555"}


def test_secrets_are_values_and_files():
    """A value is told; a path is that of a file in the container, which holds it."""
    shop = Workshop()
    shop.vault.load(Secret("key", AT, {"value": Source(generate="password")}), "x")
    env = {"KEY": ref("key", "value:value"), "KEY_FILE": ref("key", "path:value")}
    launch = launch_of(shop, box(env=env, files={"/etc/app.conf": Text(("key=", Ref("key", "value:value")))}))
    value = shop.vault.value("key", "value:value")
    assert launch.env == {"KEY": value, "KEY_FILE": "/run/secrets/key/value"}
    assert launch.files == {"/run/secrets/key/value": value, "/etc/app.conf": f"key={value}"}


def test_data_that_last_are_in_a_volume_of_the_instance():
    """By instance, service and owner; what ends with the run is in a fresh one."""
    launch = launch_of(Workshop(), box(data="/data", env={"D": ref("", "data")}), keeps="folder")
    assert launch.env == {"D": "/data"}
    assert launch.volumes == {"/data": volume_name(launch.belongs)} == {"/data": "demo-api-owner-id"}
    assert launch_of(Workshop(), box(data="/data"), keeps="run").volumes == {"/data": ""}


def test_the_command_is_the_container_s_the_service_s_or_the_image_s():
    """In this order; the words of a task follow its command."""
    assert launch_of(Workshop(), box(run=Exec(("serve", ref("", "port:http")))), ports=PORTS).argv == ("serve", "8000")
    assert launch_of(Workshop(), box(), run=Exec(("api",))).argv == ("api",)
    assert launch_of(Workshop(), box(), run=None).argv is None


def test_limits_and_user_are_the_container_s():
    """Quantities become numbers."""
    launch = launch_of(Workshop(), box(resources=Resources(memory_limit="64Mi", cpu_limit="250m"), user=999))
    assert (launch.memory, launch.cpus, launch.user) == (64 * 2**20, 0.25, 999)
    assert launch_of(Workshop(), box()).memory is None


def test_it_belongs_to_this_house():
    """Labels can tell by it who left it."""
    belongs = launch_of(Workshop(), box()).belongs
    assert (belongs.instance, belongs.owner, belongs.house, belongs.service) == ("demo", "owner-id", "h1", "api")


@pytest.mark.parametrize(
    ("node", "key"), [("", "runtime"), ("", "launcher:postgres"), ("db", "data"), ("", "port:none")]
)
def test_what_is_on_this_machine_only_is_refused(node: str, key: str):
    """With what to say instead."""
    with pytest.raises(RefusedError, match=f'"api" uses .* ?{key}, which exists on this machine only') as caught:
        launch_of(Workshop(), box(env={"X": ref(node, key)}))
    assert "container(" in str(caught.value.hint)
