"""The words for images and containers: what each becomes in the graph."""

import pytest

from homeport.model.containers import (
    BuiltImage,
    Companion,
    Container,
    Dockerfile,
    FullBuild,
    NamedImage,
    Resources,
    RestartAfter,
    RunAfter,
    Sync,
)
from homeport.model.errors import ConfigError
from homeport.model.nodes import Service, Task
from homeport.model.parts import CommandProbe, Exec, Files, HttpProbe, Port, Shell, TcpProbe, Timing
from homeport.model.values import Ref, Text

HEAD = 'from homeport import *\n\nstack = Stack("shop")\n'
FILES = {"Dockerfile": "FROM scratch\n", "docker/api.Dockerfile": "FROM scratch\n", "docker/ignored": "*.md\n"}


async def node(evaluate, arguments, before="", word="service"):
    """Return the service or task that arguments make."""
    graph = await evaluate(HEAD + before + f'\nstack.{word}("it", {arguments})\n', files=FILES)
    found = graph.nodes["it"]
    assert isinstance(found, Service | Task)
    return found


async def contained(evaluate, arguments, before="", word="service"):
    """Return the container of the service or task that arguments make."""
    found = (await node(evaluate, arguments, before, word)).container
    assert found is not None
    return found


async def test_a_service_without_an_image_is_no_container(evaluate):
    """Where nothing is said of an image, there is only a process."""
    assert (await node(evaluate, 'run="x"')).container is None


@pytest.mark.parametrize("said", ['"nginx:alpine"', 'image("nginx:alpine")'])
async def test_an_image_by_its_name(evaluate, said):
    """An image that somebody else made is its name, as text or by the word."""
    found = await node(evaluate, f"image={said}")
    assert found.container == Container(NamedImage("nginx:alpine"))
    assert found.run is None


async def test_a_dockerfile_stands_beside_the_file_that_says_it(evaluate, tmp_path):
    """The file and the context start at the file that says them; the context is not the Dockerfile's folder."""
    assert (await contained(evaluate, 'run="x", image=dockerfile()')).image == Dockerfile(
        str(tmp_path / "Dockerfile"), str(tmp_path)
    )
    found = await contained(evaluate, 'run="x", image=dockerfile("docker/api.Dockerfile")')
    assert found.image == Dockerfile(str(tmp_path / "docker/api.Dockerfile"), str(tmp_path))


async def test_all_of_a_dockerfile(evaluate, tmp_path):
    """Every argument of dockerfile() reaches the graph."""
    said = (
        'dockerfile(context="docker", target="run", args={"N": 1}, secrets={"npm": token}, platform="linux/amd64", '
        'ignore="docker/ignored", tags=["shop/api:dev"])'
    )
    found = await contained(evaluate, f'run="x", image={said}', 'token = stack.secret("token", environ("T"))')
    assert found.image == Dockerfile(
        str(tmp_path / "Dockerfile"),
        str(tmp_path / "docker"),
        "run",
        {"N": "1"},
        {"npm": Text((Ref("token", "value:value"),))},
        "linux/amd64",
        str(tmp_path / "docker/ignored"),
        ("shop/api:dev",),
    )


async def test_an_image_that_a_command_makes(evaluate, tmp_path):
    """The command, its folder, its inputs and its environment reach the graph."""
    said = 'built(["ko", "build"], inputs=["cmd/"], cwd="docker", env={"A": "b"})'
    found = await contained(evaluate, f"image={said}")
    assert found.image == BuiltImage(
        Exec(("ko", "build")), str(tmp_path / "docker"), (Files(str(tmp_path), ("cmd/",)),), {"A": "b"}
    )


async def test_what_follows_a_save(evaluate, tmp_path):
    """Rules keep their order; local files start at the file that says them, remote ones in the container."""
    rules = (
        '[sync("src", "/app/src/", ignore="*.pyc"), run_after("pip install .", when="setup.py"), restart_after(), '
        'full_build("Dockerfile", files("*.lock", base="docker"))]'
    )
    (tmp_path / "src").mkdir()
    found = await contained(evaluate, f'run="x", image=dockerfile(update={rules})')
    here = str(tmp_path)
    assert found.image.update == (
        Sync(f"{here}/src", "/app/src", ("*.pyc",)),
        RunAfter(Shell("pip install ."), (Files(here, ("setup.py",)),)),
        RestartAfter(),
        FullBuild((Files(here, ("Dockerfile",)), Files(f"{here}/docker", ("*.lock",)))),
    )


async def test_what_differs_in_a_container(evaluate):
    """Its own command, variables, probes, data and user; this.port() is the service's own port there, too."""
    found = await contained(
        evaluate,
        'run="x", port=80, image="a:1", container=container(run=["y", this.port()], env={"P": this.port()}, '
        'ready=command(["ok", this.port()]), data="/var/lib/it", user=1000)',
    )
    port = Text((Ref("", "port:main"),))
    assert found == Container(
        NamedImage("a:1"),
        Exec(("y", port)),
        {"P": port},
        CommandProbe(Exec(("ok", port)), Timing(timeout=10.0)),
        data="/var/lib/it",
        user=1000,
    )


@pytest.mark.parametrize(
    ("said", "resources"),
    [
        ('memory="512Mi", cpu="250m"', Resources("250m", "512Mi")),
        ('memory=("64Mi", "1Gi"), cpu=(0.5, 2)', Resources("0.5", "64Mi", "2", "1Gi")),
        ('memory=2**20, cpu=("100m", 1.5)', Resources("100m", "1048576", "1.5")),
        ('memory="1.5Gi"', Resources(memory=str(3 * 2**29))),
    ],
)
async def test_resources(evaluate, said, resources):
    """An amount is asked for; a pair says the most that may be used, too."""
    assert (await contained(evaluate, f'image="a:1", {said}')).resources == resources


async def test_files_and_patches(evaluate):
    """Files have texts and references; patches are as JSON has them."""
    found = await contained(
        evaluate,
        'image="a:1", files={"/etc/it.conf": "a\\n", "/key": f"k={token}"}, '
        'patch={"Deployment": {"spec": {"a": [1, None, True], "b": {"c": 0.5}}}}',
        'token = stack.secret("token", password())',
    )
    assert found.files == {"/etc/it.conf": "a\n", "/key": Text(("k=", Ref("token", "value:value")))}
    assert found.patch == {"Deployment": {"spec": {"a": [1, None, True], "b": {"c": 0.5}}}}


async def test_data_have_a_place_in_a_container(evaluate):
    """What keeps data has a place for them there: the one it says, else /data; storage= is how large it is."""
    assert (await contained(evaluate, 'run="x " + this.data, image="a:1"')).data == "/data"
    assert (await contained(evaluate, 'run="x", keeps="folder", image="a:1", storage="5Gi"')).storage == 5 * 2**30
    assert (await contained(evaluate, 'run="x", image="a:1"')).data is None


async def test_what_only_a_container_uses_of_its_data_is_no_folder_here(evaluate):
    """The program of this machine keeps a folder only when it uses one itself."""
    found = await node(evaluate, 'run="x", image="a:1", container=container(env={"D": this.data})')
    assert isinstance(found, Service)
    assert found.keeps is None
    assert found.container is not None
    assert found.container.data == "/data"


async def test_members_share_the_image_of_their_group(evaluate):
    """A group's image is its members', unless they say another one; build steps have none."""
    graph = await evaluate(
        HEAD
        + 'app = stack.group("app", image="a:1")\napp.service("one", run="x")\napp.service("two", image="b:1")\n'
        + 'app.task("three", run="x", memory="1Gi")\n'
        + 'app.build("four", run="x")\napp.group("inner").service("five")\n'
    )
    images = {name: graph.nodes[name].container for name in ("one", "two", "three", "four", "five")}
    assert {name: found and found.image for name, found in images.items()} == {
        "one": NamedImage("a:1"),
        "two": NamedImage("b:1"),
        "three": NamedImage("a:1"),
        "four": None,
        "five": NamedImage("a:1"),
    }


async def test_a_need_of_the_container_is_none_of_the_program(evaluate):
    """What only its container refers to makes no need on this machine, and is known for where it is one."""
    graph = await evaluate(
        HEAD
        + 'stack.service("db", run="x", port=1)\nlater = stack.service("later", run="x", port=2)\n'
        + 'stack.service("it", run="y", env={"A": later.port(), "B": "1"}, image="a:1",\n'
        + '  container=container(env={"A": "fixed", "B": Service("db", ("main",)).host}))\n'
    )
    assert [need.name for need in graph.needs["it"]] == ["later"]
    assert graph.contained["it"] == (Ref("db", "host"),)


async def test_a_container_refers_only_to_what_there_is(evaluate):
    """A reference in a container is checked like any other."""
    with pytest.raises(ConfigError, match='refers to "gone"'):
        await evaluate(HEAD + 'stack.service("it", image="a:1", env={"A": Service("gone", ("main",)).host})\n')


async def test_all_of_a_sidecar(evaluate):
    """Every argument of sidecar() reaches the graph; its only port is called as it is."""
    said = (
        'sidecar("envoy:1", run=["envoy", this.port()], env={"A": this.port()}, files={"/a": "b"}, port=9901, ready=http("/r"), '
        'live=tcp(), memory="64Mi", cpu=("50m", 1), user=7, mounts={"logs": "/logs/"}, first=True)'
    )
    found = await contained(evaluate, f'image="a:1", port=80, container=container(sidecars={{"proxy": {said}}})')
    port = Text((Ref("", "port:proxy"),))
    assert found.sidecars == {
        "proxy": Companion(
            "envoy:1",
            Exec(("envoy", port)),
            {"A": port},
            {"/a": "b"},
            (Port("proxy", 9901),),
            HttpProbe("/r"),
            TcpProbe(),
            Resources("50m", "64Mi", "1"),
            7,
            {"logs": "/logs"},
            True,
        )
    }


async def test_an_init_container_may_be_of_the_services_own_image(evaluate):
    """Without an image it is the service's; this.port() is the service's, and this.data gives it data."""
    said = 'init_container(run=["prepare", this.port(), this.data], mounts={"data": "/d"})'
    found = await contained(evaluate, f'image="a:1", port=80, container=container(init={{"prepare": {said}}})')
    run = Exec(("prepare", Text((Ref("", "port:main"),)), Text((Ref("", "data"),))))
    assert found.init == {"prepare": Companion(run=run, mounts={"data": "/d"})}
    assert found.data == "/data"


async def test_what_a_sidecar_refers_to_is_needed_by_the_container_only(evaluate):
    """A reference of a sidecar is one of the container, and no need of the program."""
    before = 'db = stack.service("db", image="db:1", port=5432)'
    said = 'run="x", image="a:1", container=container(sidecars={"s": sidecar("b:1", env={"DB": db.address})})'
    graph = await evaluate(HEAD + before + f'\nstack.service("it", {said})\n')
    assert [ref.node for ref in graph.contained["it"]] == ["db", "db"]
    assert [need.name for need in graph.container_needs["it"]] == ["db"]
    assert graph.needs["it"] == ()
