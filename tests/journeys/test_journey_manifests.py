"""Objects of the user's own beside services, as one person meets them. On a real cluster."""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from clustered import equip, kubectl, pods, removing
from person import Person

NAME = f"own-{os.getpid()}"
STACK = """\
from homeport import Stack, dockerfile, sync

stack = Stack("NAME")
kinds = stack.manifests("kinds", "k8s/kinds.yaml", "k8s/thing.yaml")
made = stack.manifests("made", run=["python3", "made.py"], inputs=["made.py", "made.txt"], needs=[kinds])
web = stack.manifests(
    "web", "k8s/web.yaml", images={"shop/web": dockerfile(update=[sync("app", "/app")])}, needs=[made],
    ports={"http": ("Service/web", 8080)},
)
stack.service("guest", run="exec sleep 100000", needs=[web])
"""
MADE = """\
print("{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {said: %s}}" % open("made.txt").read().strip())
"""
KINDS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.NAME.example.dev}
spec:
  group: NAME.example.dev
  scope: Namespaced
  names: {kind: Thing, plural: things, singular: thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
THING = """\
apiVersion: NAME.example.dev/v1
kind: Thing
metadata: {name: one}
spec: {size: 3}
"""
WEB = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8080, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: server
        image: shop/web:dev
        ports: [{name: http, containerPort: 8000}]
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
"""
DOCKERFILE = """\
FROM python:3.11-slim
COPY app /app
CMD ["python3", "-u", "-m", "http.server", "--directory", "/app", "8000"]
"""


PLAIN = """\
from homeport import Stack, image, sync

stack = Stack("NAME")
plain = image("python:3.11-slim", update=[sync("app", "/srv/app")])
stack.manifests("web", "k8s/web.yaml", images={"shop/web": plain}, ports={"http": ("Deployment/web", 8000)})
"""
ARGS = '        args: [python3, "-u", "-m", http.server, "--directory", /srv/app, "8000"]\n'


def ask(port: int) -> str:
    """Return what is answered at a port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/page", timeout=10) as answer:
        return str(answer.read().decode())


@pytest.fixture
def author(settle: Callable[..., Person], tmp_path: Path, absent: Callable[[str], NoReturn]) -> Iterator[Person]:
    """A person with objects of their own in files, from a command, and with an image that is built."""
    person = settle(tmp_path / "stack")
    equip(person, absent)
    for name, text in {
        "stack.py": STACK, "made.py": MADE, "made.txt": "first", "k8s/kinds.yaml": KINDS, "k8s/thing.yaml": THING,
        "k8s/web.yaml": WEB, "Dockerfile": DOCKERFILE, "app/page": "one",
    }.items():  # fmt: skip
        person.save(name, text.replace("NAME", NAME))
    yield from removing(person, NAME)


def test_objects_of_ones_own_live_like_services(author: Person) -> None:
    """Definitions before what rests on them, built images in place, a port here, saves in pods, files followed, all removed."""
    author.type("up", "-d", "--on", "kubernetes", limit=150)
    port = author.node("web").ports["http"]
    assert author.node("web").place == "kubernetes"
    assert ask(port) == "one"
    assert json.loads(kubectl("get", f"things.{NAME}.example.dev", "one", "-n", NAME, "-o", "json"))["spec"] == {
        "size": 3
    }
    assert '"GET /page' in author.line("web", "GET /page")

    before = pods(NAME)
    author.save("app/page", "two")
    author.until(lambda nodes, _: "1 file" in nodes["web"].note)
    assert ask(port) == "two"
    assert pods(NAME) == before

    author.save("made.txt", "second")
    author.until(lambda nodes, _: nodes["made"].state == "starting" or said(author) == "second")
    author.until(lambda nodes, _: nodes["made"].state == "ready")
    assert said(author) == "second"

    author.change("stack.py", ', "k8s/thing.yaml"', "")
    author.until(lambda nodes, _: nodes["kinds"].state == "starting")
    author.until(lambda nodes, _: nodes["kinds"].state == "ready")
    assert "one" not in kubectl("get", f"things.{NAME}.example.dev", "-n", NAME, "-o", "name")

    author.save("made.txt", "{")
    nodes = author.until(lambda nodes, _: nodes["made"].state == "failed")
    assert "this is no YAML" in nodes["made"].detail
    assert said(author) == "second"


def test_saves_go_into_containers_that_nobody_prepared(author: Person) -> None:
    """Where nobody knows what an image starts there is no helper: saves go by tar, which is said; the pod stays."""
    author.save("stack.py", PLAIN.replace("NAME", NAME))
    author.save("k8s/web.yaml", WEB.replace("httpGet: {path: /, port: http}", "tcpSocket: {port: 8000}") + ARGS)
    author.type("up", "-d", limit=150)
    port = author.node("web").ports["http"]
    assert ask(port) == "one"
    before = pods(NAME)
    author.save("app/page", "two")
    nodes = author.until(lambda nodes, _: "1 file" in nodes["web"].note and ask(port) == "two")
    assert "saves go by tar" in nodes["web"].note
    assert pods(NAME) == before


def test_objects_of_others_are_left_alone(author: Person) -> None:
    """What somebody else made is refused with who it is, and what leaves the house again is only ours."""
    kubectl("create", "namespace", NAME)
    kubectl("create", "configmap", "made", "-n", NAME, "--from-literal=said=theirs")
    author.change("stack.py", "needs=[kinds]", "")
    author.type("up", "-d", "--on", "kubernetes", "--namespace", NAME, "made", exits=1)
    assert 'belongs to "kubectl-create"' in author.node("made").detail
    author.type("restart", "made")
    author.until(lambda nodes, _: nodes["made"].state == "failed")
    author.type("up", "--on", "made=here", exits=2)
    author.type("down")
    assert said(author) == "theirs"


def said(_person: Person) -> str:
    """Return what the printed object says in the cluster."""
    return kubectl("get", "configmap", "made", "-n", NAME, "-o", "jsonpath={.data.said}")
