"""Where images are brought: registries that clusters announce, and tools that load them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from homeport.adapters.images import DockerBuilder
from homeport.adapters.images.hosting import Registry, announced, no_way, without_registry
from homeport.adapters.images.loading import load_command, nodes_in, present_command
from homeport.model.errors import OutsideError
from homeport.ports.builder import Destination, FromDockerfile, Progress, ToCluster, ToEngine
from homeport.ports.fakes.runtime import FakeProcess, Program, Say
from homeport.ports.runtime import Exit, Launch, Output

KIND, K3D, MINIKUBE = ToCluster("kind", "dev"), ToCluster("k3d", "dev"), ToCluster("minikube", "dev")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('host: "localhost:5005"\n', Registry("localhost:5005", "localhost:5005")),
        ("host: localhost:5000\nhostFromContainerRuntime: reg:5000\nhelp: x", Registry("localhost:5000", "reg:5000")),
        (
            "host: k3d-reg.localhost:1\nhostFromClusterNetwork: x:1",
            Registry("k3d-reg.localhost:1", "k3d-reg.localhost:1"),
        ),
        ("host: r.io/team", Registry("r.io/team", "r.io/team")),
        ("help: none here", None),
        ("", None),
    ],
)
def test_announcements(text: str, expected: Registry | None) -> None:
    """A cluster announces its registry for pushing, and perhaps another name of it for its nodes."""
    assert announced({"data": {"localRegistryHosting.v1": text}}) == expected


def test_other_versions_announce_nothing() -> None:
    """Keys that are not understood are not looked at."""
    assert announced({"data": {"localRegistryHosting.v9": "host: x"}}) is None
    assert announced({}) is None


@pytest.mark.parametrize("text", ["host: http://localhost:5005", "- host", "host: [1", "host: 5", "host: a b"])
def test_announcements_that_are_not_understood(text: str) -> None:
    """A bad announcement is an error that shows it and what was expected."""
    with pytest.raises(OutsideError, match="not understood") as caught:
        announced({"data": {"localRegistryHosting.v1": text}})
    assert "host:" in (caught.value.hint or "")


def test_nodes_may_pull_by_another_name() -> None:
    """The part before the repository is replaced."""
    assert Registry("localhost:1", "reg:5000").pulled("localhost:1/shop/api:hp-1") == "reg:5000/shop/api:hp-1"


@pytest.mark.parametrize(
    ("context", "cluster", "labels", "runtime", "expected"),
    [
        ("kind-dev", "kind-dev", {}, "containerd://2", KIND),
        ("mine", "kind-dev", {}, "containerd://2", KIND),
        ("k3d-dev", "k3d-dev", {}, "containerd://2-k3s", K3D),
        ("dev", "dev", {"minikube.k8s.io/name": "dev"}, "docker://26", MINIKUBE),
        ("docker-desktop", "docker-desktop", {}, "docker://26", ToEngine()),
        ("docker-desktop", "docker-desktop", {}, "containerd://2", None),
        ("colima-x", "colima-x", {}, "docker://26", ToEngine()),
        ("prod", "prod", {}, "docker://20", None),
    ],
)
def test_clusters_without_a_registry(
    context: str, cluster: str, labels: Mapping[str, str], runtime: str, expected: Destination | None
) -> None:
    """The tool of a cluster is known by its names and its nodes' labels; the engine of another machine is not ours."""
    assert without_registry(context, cluster, labels, runtime) == expected


def test_a_cluster_that_nothing_reaches_is_refused() -> None:
    """The error names the context and the way out."""
    assert '"prod"' in no_way("prod").what
    assert no_way("prod").hint


@pytest.mark.parametrize(
    ("to", "load", "present"),
    [
        (KIND, "kind load docker-image x:1 --name dev", "docker exec n ctr --namespace=k8s.io images ls -q name==x:1"),
        (K3D, "k3d image import x:1 --cluster dev", "docker exec n ctr images ls -q name==x:1"),
        (MINIKUBE, "minikube image load x:1 --profile dev", "minikube image ls --profile dev"),
    ],
)
def test_commands_of_tools(to: ToCluster, load: str, present: str) -> None:
    """What each tool is told."""
    assert " ".join(load_command(to, "x:1")) == load
    assert " ".join(present_command(to, "n", "x:1")) == present


def test_only_nodes_are_asked() -> None:
    """What k3d runs beside its nodes has no images."""
    assert nodes_in("k3d-dev-serverlb loadbalancer\nk3d-dev-server-0 server\nk3d-dev-agent-0 agent\n") == (
        "k3d-dev-server-0", "k3d-dev-agent-0",
    )  # fmt: skip
    assert nodes_in("dev-control-plane \ndev-worker \n") == ("dev-control-plane", "dev-worker")


class Script:
    """Starts told programs: by the beginning of its command line each has its output and exit code."""

    def __init__(self, answers: Mapping[str, tuple[str, int]]) -> None:
        self.answers = dict(answers)
        self.ran: list[str] = []

    async def spawn(self, launch: Launch, output: Output) -> FakeProcess:
        words = " ".join(launch.argv)
        self.ran.append(words)
        found = next((answer for start, answer in self.answers.items() if words.startswith(start)), None)
        if found is None:
            raise OutsideError(f'{launch.label}: command "{launch.argv[0]}" was not found; searched: /bin')
        program = Program(says=(Say(found[0].encode()),), lives=0, ends=Exit(code=found[1]))
        return FakeProcess(len(self.ran), launch, program, output, [])


def builder(script: Script, folder: Path, **env: str) -> DockerBuilder:
    return DockerBuilder(script.spawn, {"PATH": "/bin", **env}, folder)


async def deliver(script: Script, folder: Path, to: Destination = KIND, **env: str) -> str:
    told: list[Progress] = []
    (folder / "Dockerfile").write_text("FROM scratch\n")
    recipe = FromDockerfile(str(folder / "Dockerfile"), str(folder))
    return await builder(script, folder, **env).deliver(recipe, "x:1", to, told.append)


async def test_images_are_loaded_into_nodes_that_lack_them(tmp_path: Path) -> None:
    """One node without the image is enough to load it, once it is in the engine."""
    script = Script(
        {
            "docker ps": ("n1 \nn2 \n", 0),
            "docker exec n1": ("x:1\n", 0),
            "docker exec n2": ("", 0),
            "docker image inspect": ("sha256:1\n", 0),
            "kind load": ("ok\n", 0),
        }
    )
    assert await deliver(script, tmp_path) == "brought"
    assert script.ran[-1] == "kind load docker-image x:1 --name dev"
    script.answers["docker exec n2"] = ("x:1\n", 0)
    assert await deliver(script, tmp_path) == "there"


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({"docker ps": ("", 0)}, 'cluster "dev" of kind has no node that runs'),
        ({"docker ps": ("n \n", 0), "docker exec": ("", 0), "docker image": ("", 0)}, 'by "kind", which was not found'),
        (
            {
                "docker ps": ("n \n", 0),
                "docker exec": ("", 0),
                "docker image": ("", 0),
                "kind load": ("ERROR: no\n", 1),
            },
            'cannot be loaded into the cluster "dev": ERROR: no',
        ),
    ],
)
async def test_what_goes_wrong_with_tools(tmp_path: Path, answers: Mapping[str, tuple[str, int]], what: str) -> None:
    """A cluster that is down, a tool that is missing, and one that fails are told apart, each with a next step."""
    with pytest.raises(OutsideError, match=what) as caught:
        await deliver(Script(answers), tmp_path)
    assert caught.value.hint


UNREACHED = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"


@pytest.mark.parametrize(
    ("told", "env", "what"),
    [
        (UNREACHED, {}, r"no container engine answers \(.*/var/run/docker.sock was asked\): Cannot connect"),
        (UNREACHED, {"DOCKER_HOST": "tcp://x:1"}, r"\(DOCKER_HOST=tcp://x:1\)"),
        (
            'Current context "far" is not found on the file system',
            {"DOCKER_CONTEXT": "far"},
            r"\(DOCKER_CONTEXT=far\): Current context",
        ),
        (
            "failed to receive status: rpc error: code = Unavailable desc = transport is closing",
            {},
            "transport is closing",
        ),
        ("Got permission denied while trying to connect to the Docker daemon socket", {}, "permission denied"),
    ],
)
async def test_without_an_engine_it_is_told_where_it_was_looked_for(
    tmp_path: Path, told: str, env: dict[str, str], what: str
) -> None:
    """An engine that does not answer is named by where it was asked, with a next step, whatever was to be done."""
    script = Script({"docker": (told + "\n", 1)})
    with pytest.raises(OutsideError, match=what) as caught:
        await builder(script, tmp_path, **env).engine()
    assert caught.value.hint
    with pytest.raises(OutsideError, match=what):
        await deliver(script, tmp_path, ToEngine(), **env)


async def test_without_a_client_it_is_told_what_to_install(tmp_path: Path) -> None:
    """The program that is missing, where it was searched, and that the rest does without it."""
    with pytest.raises(OutsideError, match='the program "docker" was not found; searched: /bin') as caught:
        await builder(Script({}), tmp_path).engine()
    assert "install Docker" in (caught.value.hint or "")
