"""Homeport as people get it: installed from a wheel, far from the repository."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from person import DOWNLOAD, Person

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, tool_cache: Path) -> Path:
    """Return a fresh virtual environment with the wheel in it, and nothing for developers."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = ["--quiet", "--disable-pip-version-check", "--cache-dir", tool_cache / "pip"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *quiet, "--no-deps", "--wheel-dir", folder, REPOSITORY],
        check=True,
        timeout=DOWNLOAD,
    )
    [wheel] = folder.glob("homeport-*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    subprocess.run([folder / "venv/bin/python", "-m", "pip", "install", *quiet, wheel], check=True, timeout=DOWNLOAD)
    return folder / "venv"


@pytest.fixture
def newcomer(
    installed: Path, tmp_path: Path, settle: Callable[..., Person], leaving: Callable[[Person], Iterator[Person]]
) -> Iterator[Person]:
    """Give a person in an empty folder, whose Homeport is the installed one."""
    person = settle(tmp_path / "stack")
    program = person.home / "bin/homeport"
    program.unlink()
    program.symlink_to(installed / "bin/homeport")
    yield from leaving(person)


def test_the_demo_needs_no_repository(
    newcomer: Person, installed: Path, moved: Callable[..., None], needs: Callable[[str], object]
) -> None:
    """`homeport demo` copies the bundled sample into a folder and runs it, without anything of the repository."""
    needs("postgres")
    needs("redis")
    where = "import homeport, sys; print(homeport.__file__, *sys.path)"
    imported = subprocess.run(
        [installed / "bin/python", "-c", where], capture_output=True, text=True, check=True, cwd=newcomer.folder
    ).stdout
    assert str(REPOSITORY / "src") not in imported
    newcomer.type("demo", "--no-up")
    empty, newcomer.folder = newcomer.folder, newcomer.folder / "homeport-demo"
    moved(
        newcomer.folder / "stack.py",
        ('database="demo"', 'database="demo", port=PORT'),
        ('stack.redis("redis"', 'stack.redis("redis", port=PORT'),
        ("port=8000", "port=PORT"),
        ("port=3000", "port=PORT"),
    )
    said = newcomer.type("demo", "-d", cwd=empty, limit=DOWNLOAD).out
    assert f"using the sample in {newcomer.folder}" in said
    assert {node.state for node in newcomer.frame().nodes} <= {"ready", "completed"}


def test_init_writes_a_stack_that_runs(
    newcomer: Person, free_port: Callable[[], int], needs: Callable[[str], object]
) -> None:
    """`homeport init` on a folder with a Procfile and a package.json says what it found and writes a stack that runs."""
    needs("node")
    newcomer.save("Procfile", "web: python -m http.server --bind 127.0.0.1 $PORT\nclock: sh clock.sh\n")
    newcomer.save("clock.sh", "while :; do echo tick; sleep 60; done\n")
    newcomer.save("package.json", '{"name": "shop", "scripts": {"dev": "node server.js"}}\n')
    newcomer.save(
        "server.js", "require('http').createServer((q, a) => a.end('ok')).listen(process.env.PORT, '127.0.0.1')\n"
    )
    said = newcomer.type("init").out
    assert "Procfile" in said
    assert "package.json" in said
    newcomer.type("ci", "--timeout", "40s")


def test_init_refuses_to_write_over_a_stack(newcomer: Person) -> None:
    """A stack.py that is there stays as it is."""
    newcomer.save("Procfile", "loop: sh -c 'while :; do sleep 60; done'\n")
    newcomer.save("stack.py", "from homeport import Stack\nstack = Stack('mine')\n")
    assert "stack.py" in newcomer.type("init", exits=2).err
    newcomer.save("stack.py", "from homeport import Stack\nstack = Stack('mine')\nstack.task('a', run='true')\n")
