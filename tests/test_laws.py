"""Laws of the house that neither the linter nor the import contracts can see: each is read off the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import homeport

HOUSE = Path(homeport.__file__).parent
PROGRAMS = ("__main__.py", "cli/", "guardian/", "components/launch/", "config/child.py")
"""What is a program of its own, started as one: it has a process to read, to print from and to end."""

TASKS = {
    "create_task": ("session/run.py",),
    "ensure_future": ("aio/", "engine/crew.py"),
    "TaskGroup": ("session/run.py",),
    "Runner": ("aio/virtual.py",),
    "run_in_executor": ("aio/",),
    "gather": (),
}
"""What starts a task or a thread of the loop, and where it may."""

PROGRAMS_SAY = ("os.environ", "os.getenv", "os._exit", "sys.exit", "SystemExit", "print", "sys.argv")
"""What reads the environment of a process, ends it or speaks for it."""


def words() -> Iterator[tuple[str, int, str]]:
    """Yield every name and attribute of the house as file, line and word: ``print``, ``os.environ``, ``x.y.create_task``."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute | ast.Name):
                yield path.relative_to(HOUSE).as_posix(), node.lineno, ast.unparse(node)


@pytest.mark.parametrize(("word", "rooms"), TASKS.items())
def test_tasks_begin_in_few_places(word: str, rooms: tuple[str, ...]) -> None:
    """Only the crew, the async tools and the one group of a session start something that goes on beside its caller."""
    found = [
        f"{file}:{line}"
        for file, line, said in words()
        if said.rpartition(".")[2] == word and not file.startswith(rooms or ("-",))
    ]
    assert found == []


def test_only_programs_read_the_environment_print_and_exit() -> None:
    """What lies below the command line is told everything, and tells everything to who called it."""
    found = [
        f"{file}:{line} {said}"
        for file, line, said in words()
        if said in PROGRAMS_SAY and not file.startswith(PROGRAMS)
    ]
    # A user's file may end itself, and hears why it must not.
    assert [place for place in found if not place.startswith("config/words/failures.py")] == []


def test_nobody_in_the_house_comes_in_by_the_front_door() -> None:
    """What the package offers to stack files is for them: rooms import from rooms, never from the root."""
    found = [
        f"{path.relative_to(HOUSE)}:{node.lineno}"
        for path in sorted(HOUSE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "homeport" and not node.level
    ]
    assert found == []
