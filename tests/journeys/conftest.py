"""Journeys: real stacks through the real command line, each in folders of its own."""

import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from clustered import UP, equip, removing
from person import Person

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def settle(tool_cache: Path) -> Iterator[Callable[..., Person]]:
    """Return ``settle(folder, **environ)``: a person in a folder; homes are short, for sockets have short names."""
    homes: list[Path] = []

    def make(folder: Path, **environ: str) -> Person:
        homes.append(Path(tempfile.mkdtemp(prefix="homeport-journey-")))
        return Person(folder, homes[-1], tool_cache, **environ)

    yield make
    for home in homes:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def leaving() -> Callable[[Person], Iterator[Person]]:
    """Return a generator for fixtures: gives the person, then ends their house and looks at what is left."""

    def go(person: Person) -> Iterator[Person]:
        try:
            yield person
            person.leave()
        finally:
            person.kill_all()

    return go


@pytest.fixture
def person(
    tmp_path: Path, settle: Callable[..., Person], leaving: Callable[[Person], Iterator[Person]]
) -> Iterator[Person]:
    """Give a person in an empty folder; in the end their house is down and nothing is left."""
    yield from leaving(settle(tmp_path / "stack"))


@pytest.fixture(scope="session")
def moved(free_port: Callable[[], int]) -> Callable[..., None]:
    """Return ``moved(file, (old, new), …)``: texts of a stack file are replaced; ``PORT`` in them is a free port each."""

    def move(file: Path, *changes: tuple[str, str]) -> None:
        text = file.read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{file} says {old!r} {text.count(old)} times"
            text = text.replace(old, re.sub("PORT", lambda _: str(free_port()), new))
        file.write_text(text)

    return move


@pytest.fixture(scope="session")
def copied() -> Callable[[str, Path], Path]:
    """Return ``copied(example, folder)``: a fresh copy of an example, as git would give it."""

    def copy(example: str, folder: Path) -> Path:
        leave_out = shutil.ignore_patterns(".venv", "__pycache__", "node_modules", "secrets", ".env", ".*_cache")
        return Path(shutil.copytree(EXAMPLES / example, folder, ignore=leave_out))

    return copy


@pytest.fixture(scope="session")
def clustered(
    tmp_path_factory: pytest.TempPathFactory,
    settle: Callable[..., Person],
    copied: Callable[[str, Path], Path],
    moved: Callable[..., None],
    absent: Callable[[str], NoReturn],
) -> Callable[..., Iterator[Person]]:
    """Return a generator for fixtures: ``clustered(example, stack, (old, new), …, up=(…))``.

    It brings a copy of an example up whose stack has another name, which is that of its namespace, and removes it all.
    """

    def go(example: str, stack: str, *changes: tuple[str, str], up: Sequence[str]) -> Iterator[Person]:
        person = settle(copied(example, tmp_path_factory.mktemp(stack) / example))
        equip(person, absent)
        moved(person.folder / "stack.py", (f'Stack("{example}")', f'Stack("{stack}")'), *changes)
        for _ in removing(person, stack):
            person.type("up", "-d", *up, limit=UP)
            yield person

    return go


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return a function that gives a TCP port which was free a moment ago."""

    def take() -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return int(listener.getsockname()[1])

    return take
