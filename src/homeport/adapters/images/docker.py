"""What the engine's own client is told, and what its refusals mean."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from homeport.model.errors import OutsideError
from homeport.ports.builder import FromDockerfile

_UNREACHED: Final = re.compile(
    r"cannot connect to the docker daemon|error during connect|permission denied while trying to connect|"
    r"context \S+:? (is )?(not found|does not exist)|docker daemon is not running|unable to resolve docker endpoint|"
    r"code = Unavailable desc|error reading from server|transport is closing",
    re.IGNORECASE,
)
_CLIENTS_OWN: Final = re.compile(r"PATH|HOME|USER|TMPDIR|(DOCKER|BUILDX|BUILDKIT|LD|DYLD|XDG|SSH|GO)_?.*")
"""Variables that mean something to the client itself: build arguments of these names cannot reach it by its environment."""

SOCKET: Final = "/var/run/docker.sock"


def build_words(recipe: FromDockerfile, file: str, id_file: str, *, buildx: bool) -> list[str]:
    """Return what follows ``docker`` to build from the Dockerfile at ``file`` and write the image's id to ``id_file``.

    Values are not among it, but for those whose names mean something to the client.
    """
    # Builders of buildx keep what they make to themselves unless told otherwise.
    words = ["buildx", "build", "--load"] if buildx else ["build"]
    words += ["--progress=plain", "-f", file, "--iidfile", id_file]
    if recipe.target is not None:
        words += ["--target", recipe.target]
    if recipe.platform is not None:
        words += ["--platform", recipe.platform]
    for key, value in recipe.args.items():
        words += ["--build-arg", f"{key}={value}" if _CLIENTS_OWN.fullmatch(key) else key]
    for number, key in enumerate(recipe.secrets):
        words += ["--secret", f"id={key},env={_secret(number)}"]
    return [*words, recipe.context]


def build_env(recipe: FromDockerfile) -> dict[str, str]:
    """Return the values that the client finds in its environment: never in arguments, which everybody sees, nor on disk."""
    args = {key: value for key, value in recipe.args.items() if not _CLIENTS_OWN.fullmatch(key)}
    secrets = {_secret(number): value for number, value in enumerate(recipe.secrets.values())}
    # Attestations would make an index of each image, whose parts not every cluster's tool can load.
    return {**args, **secrets, "DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def _secret(number: int) -> str:
    return f"BUILD_SECRET_{number}"


def no_client(env: Mapping[str, str]) -> OutsideError:
    """Return the error for a machine without the engine's client."""
    folders = (env.get("PATH") or "").replace(":", ", ")
    return OutsideError(
        f'images need a container engine: the program "docker" was not found; searched: {folders}',
        hint="install Docker (its client alone is enough with DOCKER_HOST=…); services without images do without it",
    )


def not_reached(told: str, env: Mapping[str, str]) -> OutsideError | None:
    """Return the error for what a client said when it found no engine; None when it said something else."""
    line = next((line for line in told.splitlines() if _UNREACHED.search(line)), None)
    if line is None:
        return None
    hint = (
        "start it (systemctl start docker, or Docker Desktop), or let DOCKER_HOST or `docker context use` name another"
    )
    if "permission denied" in line.lower():
        hint = "let this user speak to the engine: sudo usermod -aG docker $USER, and log in again"
    return OutsideError(f"no container engine answers ({', '.join(_searched(env))}): {line.strip()}", hint=hint)


def _searched(env: Mapping[str, str]) -> Iterator[str]:
    if host := env.get("DOCKER_HOST"):
        yield f"DOCKER_HOST={host}"
    elif chosen := env.get("DOCKER_CONTEXT"):
        yield f"DOCKER_CONTEXT={chosen}"
    else:
        yield f"DOCKER_HOST is not set, docker's current context or {SOCKET} was asked"


def is_remote(env: Mapping[str, str]) -> bool:
    """Whether the engine is on another machine, so that its loopback registries are not ours."""
    host = env.get("DOCKER_HOST", "")
    return host.startswith(("ssh://", "tcp://", "http")) and not re.match(r"\w+://(localhost|127\.|\[::1\])", host)
