"""``homeport render``, as it is typed."""

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]

STACK = """
from homeport import Stack, container, dockerfile, http, password

stack = Stack("shop")
stack.option("size", default=1)
token = stack.secret("token", password())
stack.service("cache", image="redis:7", port=6379)
stack.service("api", run=["python", "api.py"], port=8000, ready=http("/"), image=dockerfile("Dockerfile"),
              env={"TOKEN": token, "SIZE": stack.option("count", default=2)}, groups=["app"])
stack.service("vite", run=["no-such-program"], port=3000)
stack.task("by-hand", run=["x"], manual=True, image="busybox")
"""
FLAGS = ("--registry", "reg.example", "--tag", "v1")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a stack."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / ".git").mkdir()
    (folder / "stack.py").write_text(STACK)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def objects(text: str) -> dict[tuple[str, str], Any]:
    """Return printed objects by kind and name."""
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(text)}


def test_it_prints_the_objects(homeport: Homeport, shop: Path) -> None:
    """Objects go to standard output; who is left out is told in one line on standard error."""
    done = homeport("render", *FLAGS, cwd=shop)
    made = objects(done.stdout)
    assert done.returncode == 0
    assert done.stderr == "left out, without an image or run by hand: vite, by-hand\n"
    assert ("Namespace", "shop") in made
    images = {name: each["spec"]["template"]["spec"]["containers"][0]["image"] for (kind, name), each in made.items()
              if kind == "Deployment"}  # fmt: skip
    assert images == {"cache": "redis:7", "api": "reg.example/shop-api:v1"}
    assert done.stdout == homeport("render", *FLAGS, cwd=shop).stdout


def test_it_keeps_nothing_on_this_machine(homeport: Homeport, shop: Path, environ: dict[str, str]) -> None:
    """To look is not to begin: no instance, no secret and no folder is made."""
    assert homeport("render", *FLAGS, cwd=shop).returncode == 0
    assert not Path(environ["XDG_STATE_HOME"]).exists()


def test_an_image_that_is_built_needs_a_name(homeport: Homeport, shop: Path) -> None:
    """Without a word about where it is found, an image that is built is an error that names the flags."""
    done = homeport("render", cwd=shop)
    assert done.returncode == 2
    assert done.stdout == ""
    assert '"api"' in done.stderr
    assert "--image api=REF" in done.stderr
    assert "--registry REG --tag TAG" in done.stderr
    assert homeport("render", "--registry", "r", cwd=shop).stderr.startswith("error: --tag is missing")
    assert 'names "apy"' in homeport("render", "--image", "apy=x", cwd=shop).stderr
    named = objects(homeport("render", "--image", "api=own:1", cwd=shop).stdout)
    assert named["Deployment", "api"]["spec"]["template"]["spec"]["containers"][0]["image"] == "own:1"


def test_names_choose(homeport: Homeport, shop: Path) -> None:
    """Only what is named is printed, by name, group or glob; who has no image cannot be."""
    made = objects(homeport("render", "cache", cwd=shop).stdout)
    assert {name for _, name in made} == {"shop", "cache", "cache-env"}
    assert ("Deployment", "api") in objects(homeport("render", "app", *FLAGS, cwd=shop).stdout)
    assert ("Job", "by-hand") in {
        (kind, name[:7]) for kind, name in objects(homeport("render", "by-*", cwd=shop).stdout)
    }
    refused = homeport("render", "vite", cwd=shop)
    assert refused.returncode == 2
    assert refused.stderr.startswith('error: "vite" has no image')


def test_options_and_namespace(homeport: Homeport, shop: Path) -> None:
    """``--set`` gives options, ``--namespace`` uses an existing one; an unknown option is an error."""
    made = objects(homeport("render", "--set", "count=5", "--namespace", "team", *FLAGS, cwd=shop).stdout)
    assert made["ConfigMap", "api-env"]["data"]["SIZE"] == "5"
    assert not any(kind == "Namespace" for kind, _ in made)
    assert {each["metadata"]["namespace"] for each in made.values()} == {"team"}
    assert homeport("render", "--set", "cuont=5", *FLAGS, cwd=shop).returncode == 2


def test_secrets_are_left_out_unless_asked_for(homeport: Homeport, shop: Path) -> None:
    """A Secret says which command brings its value; that command shows it, always the same."""
    left = homeport("render", *FLAGS, "--namespace", "team", cwd=shop).stdout
    assert "homeport render --show-secrets --kind Secret --namespace team | kubectl apply --server-side" in left
    assert "data" not in objects(left)["Secret", "token"]
    shown = homeport("render", "--show-secrets", "--kind", "Secret", "--namespace", "team", cwd=shop).stdout
    again = homeport("render", "--show-secrets", "--kind", "Secret", "--namespace", "team", cwd=shop).stdout
    assert shown == again
    assert set(objects(shown)) == {("Secret", "token")}
    assert objects(shown)["Secret", "token"]["data"]["value"]


def test_json_is_a_list(homeport: Homeport, shop: Path) -> None:
    """``--json`` prints one List that kubectl takes, with the same objects."""
    document = json.loads(homeport("render", *FLAGS, "--json", cwd=shop).stdout)
    printed = list(yaml.safe_load_all(homeport("render", *FLAGS, cwd=shop).stdout))
    assert document == {"apiVersion": "v1", "kind": "List", "items": printed}


def test_a_folder_has_a_file_per_object(homeport: Homeport, shop: Path) -> None:
    """``--out`` writes each object into its own file; the namespace is the first of them in any order."""
    done = homeport("render", *FLAGS, "--out", "k8s", cwd=shop)
    files = sorted(path.name for path in (shop / "k8s").iterdir())
    assert files[0] == "0.shop.namespace.yaml"
    together = [yaml.safe_load((shop / "k8s" / name).read_text()) for name in files]
    printed = list(yaml.safe_load_all(homeport("render", *FLAGS, cwd=shop).stdout))
    assert sorted(map(json.dumps, together)) == sorted(map(json.dumps, printed))
    assert done.stdout.count("wrote ") == len(files)


def test_a_folder_loses_what_is_no_more_and_nothing_else(homeport: Homeport, shop: Path) -> None:
    """Files of objects that are no more are removed, files of somebody else never; rendering a part removes none."""
    homeport("render", *FLAGS, "--out", "k8s", cwd=shop)
    own = shop / "k8s" / "ingress.yaml"
    own.write_text("kind: Ingress\n")
    homeport("render", "cache", "--out", "k8s", cwd=shop)
    assert (shop / "k8s" / "api.deployment.yaml").exists()
    (shop / "stack.py").write_text(
        'from homeport import Stack\nStack("shop").service("cache", image="redis:7", port=6379)\n'
    )
    done = homeport("render", "--out", "k8s", cwd=shop)
    assert "removed k8s/api.deployment.yaml" in done.stdout
    assert {path.name for path in (shop / "k8s").iterdir()} == {
        "0.shop.namespace.yaml", "cache-env.configmap.yaml", "cache.deployment.yaml", "cache.service.yaml",
        "cache.serviceaccount.yaml", "ingress.yaml"}  # fmt: skip


def test_a_file_of_somebody_else_is_never_overwritten(homeport: Homeport, shop: Path) -> None:
    """Where a file that we did not write is in the way, nothing is written at all."""
    folder = shop / "k8s"
    folder.mkdir()
    (folder / "api.deployment.yaml").write_text("mine: true\n")
    done = homeport("render", *FLAGS, "--out", "k8s", cwd=shop)
    assert done.returncode == 2
    assert '"k8s/api.deployment.yaml" is not one of our files' in done.stderr
    assert [path.name for path in folder.iterdir()] == ["api.deployment.yaml"]
    assert (folder / "api.deployment.yaml").read_text() == "mine: true\n"


def test_files_with_secret_values_are_private(homeport: Homeport, shop: Path) -> None:
    """A file with a secret value is its owner's alone, from its first moment."""
    homeport("render", *FLAGS, "--show-secrets", "--out", "k8s", cwd=shop)
    assert stat.S_IMODE((shop / "k8s" / "token.secret.yaml").stat().st_mode) == 0o600
    assert stat.S_IMODE((shop / "k8s" / "cache.service.yaml").stat().st_mode) & 0o600 == 0o600


def test_a_stack_without_images_says_so(homeport: Homeport, shop: Path) -> None:
    """Where nothing has an image there is nothing to render: an error, and the word that is missing."""
    (shop / "stack.py").write_text('from homeport import Stack\nStack("shop").service("a", run=["x"])\n')
    done = homeport("render", cwd=shop)
    assert done.returncode == 2
    assert "nothing in this stack has an image" in done.stderr
    assert "image=" in done.stderr


def test_objects_of_ones_own_are_among_them(homeport: Homeport, shop: Path) -> None:
    """Manifests are printed with ours, by name too; their images are the flags' or stay; a mistake names file and line."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: shop/web}]}\n"
    (shop / "web.yaml").write_text(pod)
    stack = '\nstack.manifests("own", "web.yaml", images={"shop/web": dockerfile("Dockerfile")})\n'
    (shop / "stack.py").write_text(STACK + stack)
    for flags, image in (
        (FLAGS, "reg.example/shop-own-shop-web:v1"),
        (("--image", "own/shop/web=w:2"), "w:2"),
        ((), "shop/web"),
    ):
        made = objects(homeport("render", "own", *flags, cwd=shop).stdout)
        assert list(made) == [("Namespace", "shop"), ("Pod", "web")]
        assert made["Pod", "web"]["spec"]["containers"][0]["image"] == image
    (shop / "web.yaml").write_text(pod + "---\nkind: Pod\n")
    done = homeport("render", "own", cwd=shop)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "web.yaml:6" in done.stderr
    assert "Traceback" not in done.stderr


def test_functions_of_the_file_change_objects(homeport: Homeport, shop: Path) -> None:
    """What a function does to an object is printed, with the real image where it put the word for it."""
    (shop / "stack.py").write_text(
        'from homeport import Stack\nstack = Stack("shop")\n'
        "def noted(made):\n"
        "    (container,) = made['spec']['template']['spec']['containers']\n"
        "    made['metadata']['annotations'] = {'image': container['image']}\n"
        'stack.service("a", image="a:1", patch={"Deployment": noted})\n'
    )
    made = objects(homeport("render", cwd=shop).stdout)["Deployment", "a"]
    assert made["metadata"]["annotations"]["image"] == "a:1"
