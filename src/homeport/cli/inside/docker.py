"""Containers of this machine, entered by the engine's own client."""

import os
import subprocess
from collections.abc import Sequence
from typing import IO, NoReturn

from msgspec import Struct

from homeport.cli.call import Call
from homeport.cli.inside.finding import Found
from homeport.cli.place import client
from homeport.machine.clusters.record import Records
from homeport.machine.instances.folders import folders_of
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.ownership import OWNER

_SERVICE, _REPLICA = "homeport.dev/service", "homeport.dev/replica"
_HINT = "install docker's client, which commands inside of containers need"


def container_of(call: Call, found: Found, container: str | None) -> str:
    """Return the id of the container that is meant. Raises RefusedError when there is none, OutsideError without a client."""
    name, replica = found.meant.name, found.meant.replica
    if container or found.meant.pod:
        raise RefusedError(f'"{name}" is a single container in docker', hint="name it alone, or NAME.2 for a replica")
    owner = Records(folders_of(call.environ).instance(client(call).status().instance)).owner()
    labels = [f"--filter=label={label}" for label in (f"{OWNER}={owner}", f"{_SERVICE}={name}")]
    there = _asked(["ps", *labels, "--format", f'{{{{.Label "{_REPLICA}"}}}} {{{{.ID}}}}'])
    ids = dict(sorted((int(at), box) for at, _, box in (line.partition(" ") for line in there) if at.isdecimal()))
    if not ids or (replica is not None and replica - 1 not in ids):
        what = f"{name}.{replica}" if replica is not None and ids else name
        raise RefusedError(f'"{what}" has no container that runs', hint=f"`homeport why {name}` says what it waits for")
    return ids[replica - 1] if replica is not None else next(iter(ids.values()))


def _asked(words: Sequence[str]) -> list[str]:
    done = run_docker(words)
    if done.code != 0:
        said = done.said or f"exit code {done.code}"
        raise OutsideError(f"docker did not answer: {said}", hint="see whether its engine runs: `docker version`")
    return done.wrote.splitlines()


class Ran(Struct, frozen=True):
    """How the client ended: its ``code``, what it ``wrote`` if not into a file, and what it ``said`` on standard error."""

    code: int
    wrote: str
    said: str


def run_docker(words: Sequence[str], into: IO[bytes] | None = None) -> Ran:
    """Run the client of the engine to its end; its output goes ``into`` a file, if there is one.

    Raises OutsideError when there is no client.
    """
    try:
        taken = into if into is not None else subprocess.PIPE
        done = subprocess.run(["docker", *words], stdout=taken, stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise OutsideError(f'"docker" cannot be started: {error.strerror}', hint=_HINT) from None
    wrote = (done.stdout or b"").decode(errors="replace")
    return Ran(done.returncode, wrote, done.stderr.decode(errors="replace").strip())


def become_docker(words: Sequence[str]) -> NoReturn:
    """Become the client of the engine. Raises OutsideError when there is none."""
    try:
        os.execvp("docker", ["docker", *words])
    except OSError as error:
        raise OutsideError(f'"docker" cannot be started: {error.strerror}', hint=_HINT) from None
