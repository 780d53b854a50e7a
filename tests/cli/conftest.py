"""A house that runs nothing, reached by the commands as they are typed."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from homeport.model.plan import Hold
from homeport.model.view import NodeView
from landlord import Landlord, served

NODES = (
    NodeView("postgres", "service", "starting"),
    NodeView("migrate", "task", "waiting", detail="waiting for postgres, which is starting", cause="postgres"),
    NodeView("api", "service", "waiting", detail="waiting for migrate", cause="migrate", groups=("app",)),
    NodeView("page", "service", "ready", groups=("app",), links={"Page": "http://127.0.0.1:3000/"}),
)

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def landlord(tmp_path: Path) -> Iterator[Landlord]:
    """A served house of four nodes."""
    with served(str(tmp_path / "run" / "s"), *NODES) as found:
        found.house.feed.holds = {
            "api": Hold("waiting for migrate", "migrate"),
            "migrate": Hold("waiting for postgres, which is starting", "postgres"),
        }
        yield found


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of this machine's user is seen."""
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def homeport(tmp_path: Path, environ: dict[str, str]) -> Homeport:
    """Run `homeport WORDS…` as a process in an empty folder."""

    def run(*words: str, cwd: Path | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
        return start([*words], {**environ, **more}, cwd or tmp_path)

    return run


@pytest.fixture
def at_home(homeport: Homeport, landlord: Landlord) -> Homeport:
    """Run `homeport WORDS…` against the fake house."""

    def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return homeport(*words, HOMEPORT_SOCKET=landlord.path, **more)

    return run


def start(words: list[str], environ: Mapping[str, str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run the program."""
    command = [sys.executable, "-P", "-m", "homeport", *words]
    return subprocess.run(command, env=environ, cwd=cwd, text=True, capture_output=True, check=False)
