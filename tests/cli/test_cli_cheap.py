"""Cheap answers stay cheap: counted in modules and memory here, in time by the benchmarks."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from homeport.cli.release import VERSION
from landlord import Landlord

HEAVY = ("click", "msgspec", "asyncio", "psutil", "yaml", "pathlib", "inspect", "subprocess")


def modules(words: list[str], environ: dict[str, str]) -> set[str]:
    """Return the modules that a command had loaded when it was done."""
    code = "import sys; sys.argv[1:] = sys.argv[1].split()\nfrom homeport.__main__ import main\ntry: main()\n"
    code += "except SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    told = subprocess.run(
        [sys.executable, "-P", "-c", code, " ".join(words)], env=environ, capture_output=True, check=True
    )
    return set(told.stderr.decode().split())


def test_version_loads_nothing(environ: dict[str, str]) -> None:
    """It is answered before the command line's library loads."""
    assert not modules(["version"], environ) & {*HEAVY, "json", "socket", "typing"}


@pytest.mark.parametrize("words", [["status"], ["status", "--json"]])
def test_status_loads_no_library(landlord: Landlord, environ: dict[str, str], words: list[str]) -> None:
    """A frame is read and drawn with the standard library alone."""
    assert not modules(words, {**environ, "HOMEPORT_SOCKET": landlord.path}) & set(HEAVY)


def test_the_version_is_the_packages() -> None:
    """The number that is cheap to read is the one that the package was built with."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
