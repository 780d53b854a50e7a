"""What clients of engines write, and what a person is told of it."""

import re

import pytest

from homeport.adapters.images.failing import build_failure, place, push_failure
from homeport.adapters.images.plain import BuildLog, PushLog
from homeport.kit.dockerfile import parse
from homeport.ports.builder import BuildFailed, FromDockerfile, Progress, Said, Step

OLD = """\
#1 [internal] load build definition from Dockerfile
#1 sha256:a430dbf19ce65830d263c24dab7b15cbd15f0fc31f628f33b09ac0c636f08d7d
#1 transferring dockerfile: 160B done
#1 DONE 0.0s

#4 [2/3] RUN echo hi
#4 CACHED

#5 [3/3] RUN echo a &&  false
#5 0.227 a
#5 ...

#4 [2/3] RUN echo hi
#4 0.100 hi

#5 [3/3] RUN echo a &&  false
#5 ERROR: executor failed running [/bin/sh -c echo a &&  false]: exit code: 1
------
 > [3/3] RUN echo a &&  false:
------
executor failed running [/bin/sh -c echo a &&  false]: exit code: 1
"""
NEW = """\
#0 building with "default" instance using docker driver

#5 [build 2/2] RUN echo a &&  false
#5 0.153 a
#5 ERROR: process "/bin/sh -c echo a &&  false" did not complete successfully: exit code: 1
------
 > [build 2/2] RUN echo a &&  false:
0.153 a
------

 1 warning found (use docker --debug to expand):
 - FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)
Dockerfile:7
--------------------
   6 |     FROM busybox AS build
   7 | >>> RUN echo a && \\
   8 | >>>  false
   9 |     FROM busybox
--------------------
ERROR: failed to solve: process "/bin/sh -c echo a &&  false" did not complete successfully: exit code: 1
"""
DOCKERFILE = "FROM busybox AS build\nRUN echo hi\nRUN echo a && \\\n false\n"


def heard(text: str) -> tuple[BuildLog, list[Progress]]:
    told: list[Progress] = []
    log = BuildLog(told.append)
    for line in text.splitlines():
        log.hear(line)
    return log, told


UNANSWERED = """\
#2 [internal] load metadata for docker.io/library/busybox:latest
#2 ERROR: failed to do request: Head "https://registry.example/v2/library/busybox/manifests/latest": dial tcp: no such host
------
 > [internal] load metadata for docker.io/library/busybox:latest:
------
failed to solve with frontend dockerfile.v0: failed to create LLB definition: failed to do request: dial tcp: no such host
"""


def test_steps_and_lines_are_told_once() -> None:
    """A step that is taken up again, and lines that are repeated after the end of one, are told once."""
    _, told = heard(OLD)
    assert told == [
        Step(1, "[internal] load build definition from Dockerfile", "running"),
        Said(1, "transferring dockerfile: 160B done"),
        Step(1, "[internal] load build definition from Dockerfile", "done", 0.0),
        Step(4, "[2/3] RUN echo hi", "running"),
        Step(4, "[2/3] RUN echo hi", "cached"),
        Step(5, "[3/3] RUN echo a &&  false", "running"),
        Said(5, "a"),
        Step(5, "[3/3] RUN echo a &&  false", "failed"),
        Said(0, "executor failed running [/bin/sh -c echo a &&  false]: exit code: 1"),
    ]


@pytest.mark.parametrize(("text", "line"), [(OLD, 3), (NEW, 7)])
def test_a_failure_has_its_line(text: str, line: int) -> None:
    """The client's word counts; one that names no line is understood by the title of the step."""
    log, _ = heard(text)
    error = build_failure(FromDockerfile("/app/Dockerfile", "/app"), parse(DOCKERFILE), "shop/api:1", log)
    assert isinstance(error, BuildFailed)
    assert error.line == line
    assert error.what.startswith(f'image "shop/api:1" cannot be built: /app/Dockerfile:{line}: ')
    assert error.what.endswith("exit code: 1")
    assert error.tail == ("a",)


def test_a_registry_that_does_not_answer_is_asked_again() -> None:
    """Nothing is wrong with the Dockerfile: its line is named, and the failure is one that may pass."""
    log, _ = heard(UNANSWERED)
    error = build_failure(FromDockerfile("/app/Dockerfile", "/app"), parse(DOCKERFILE), "shop/api:1", log)
    assert not isinstance(error, BuildFailed)
    assert "/app/Dockerfile:1: FROM busybox: failed to do request" in error.what
    assert error.hint == "look whether this machine reaches the registry of the base image"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (
            "failed to solve with frontend docker.v0: failed to create LLB definition: dockerfile parse error line 2: unknown X",
            2,
            "dockerfile parse error line 2: unknown X",
        ),
        (
            "ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: RAN",
            2,
            "unknown instruction: RAN",
        ),
        (
            'ERROR: failed to solve: failed to compute cache key: "/x" not found: not found',
            0,
            '"/x" not found: not found',
        ),
        ("ERROR: failed to solve: busybox: pull access denied", 0, "busybox: pull access denied"),
        ("", 0, "docker does not say why"),
    ],
)
def test_failures_outside_of_steps(text: str, line: int, why: str) -> None:
    """A failure before any step is told in the engine's words, less its ceremony."""
    log, _ = heard(text)
    error = build_failure(FromDockerfile("/Dockerfile", "/"), parse(DOCKERFILE), "x", log)
    assert (error.line, error.what.endswith(why)) == (line, True)


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("[build 2/3] RUN same", 2),
        ("[build 3/3] COPY x.txt /", 3),
        ("[linux/arm64 build 3/3] COPY x.txt /", 3),
        ("[stage-1 2/3] RUN same", 5),
        ("[stage-1 3/3] RUN --mount=type=cache,target=/c make", 6),
        ("[build 1/3] FROM docker.io/library/a@sha256:12", 1),
        ("[internal] load metadata for docker.io/library/a:latest", 1),
        ("[internal] load metadata for docker.io/library/c:latest", 0),
    ],
)
def test_the_place_of_a_step(title: str, line: int) -> None:
    """Steps are found by their text, and where it stands twice by their stage and number."""
    text = "FROM a AS build\nRUN same\nCOPY $F /\nFROM b\nRUN same\nRUN --mount=type=cache,target=/c make\n"
    assert place(parse(text), title, None) == line


def test_a_push_tells_its_layers() -> None:
    """Each layer is a step, told when its state changes."""
    told: list[Progress] = []
    log = PushLog(told.append)
    for line in (
        "The push refers to repository [localhost:5005/x/y]", "0efcbba29cb0: Preparing", "703cb02ec33b: Preparing",
        "703cb02ec33b: Waiting", "0efcbba29cb0: Pushed", "703cb02ec33b: Layer already exists",
    ):  # fmt: skip
        log.hear(line)
    assert [(each.number, each.state) for each in told if isinstance(each, Step)] == [
        (1, "running"), (2, "running"), (1, "done"), (2, "cached"),
    ]  # fmt: skip


def test_a_push_that_is_tried_again_is_told() -> None:
    """What the client waits for is a line of its layer."""
    told: list[Progress] = []
    log = PushLog(told.append)
    log.hear("0efcbba29cb0: Preparing")
    log.hear("0efcbba29cb0: Retrying in 5 seconds")
    assert told[-1] == Said(1, "0efcbba29cb0: Retrying in 5 seconds")


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (
            'Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
            "does not answer: connection refused",
        ),
        ("denied: requested access to the resource is denied", "does not take .*denied"),
        ("no basic auth credentials", "docker login localhost:1"),
        ("blob upload invalid", "cannot be pushed: blob upload invalid"),
    ],
)
def test_why_a_push_failed(told: str, what: str) -> None:
    """A registry that is away, one that wants credentials, and anything else differ in what is to be done."""
    error = push_failure("localhost:1/shop/api:hp-1", (told,))
    assert re.search(what, f"{error.what} {error.hint}")
