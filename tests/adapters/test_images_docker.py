"""What the engine's client is told."""

import pytest

from homeport.adapters.images.docker import build_env, build_words, is_remote
from homeport.ports.builder import FromDockerfile

RECIPE = FromDockerfile(
    "/app/Dockerfile",
    "/app",
    target="prod",
    args={"TOKEN": "arg-value", "PATH": "/x"},
    secrets={"npm": "secret-value"},
    platform="linux/arm64",
)


@pytest.mark.parametrize("buildx", [False, True])
def test_words_hold_no_values(buildx: bool) -> None:
    """Arguments, which everybody on the machine sees, name values; the environment has them."""
    words = " ".join(build_words(RECIPE, "/tmp/Dockerfile", "/tmp/id", buildx=buildx))
    assert words == (
        f"{'buildx build --load' if buildx else 'build'} --progress=plain -f /tmp/Dockerfile --iidfile /tmp/id "
        "--target prod --platform linux/arm64 --build-arg TOKEN --build-arg PATH=/x "
        "--secret id=npm,env=BUILD_SECRET_0 /app"
    )


def test_the_clients_own_variables_stay_its_own() -> None:
    """A build argument called PATH does not change where the client finds its programs."""
    env = build_env(RECIPE)
    assert env["TOKEN"] == "arg-value"
    assert env["BUILD_SECRET_0"] == "secret-value"
    assert "PATH" not in env


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("", False),
        ("unix:///run/x", False),
        ("tcp://127.0.0.1:2375", False),
        ("ssh://me@far", True),
        ("tcp://far:1", True),
    ],
)
def test_engines_elsewhere(host: str, expected: bool) -> None:
    """The loopback of an engine on another machine is not ours."""
    assert is_remote({"DOCKER_HOST": host} if host else {}) is expected
