"""Python projects: pyproject.toml, requirements.txt, and the framework that the sources use."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeport.config.adopt.parts import Found, Part, code, safe_name

_SKIPPED = {".venv", "venv", "node_modules", ".git", "tests", "test", "build", "dist", "docs", "examples"}
_MOST = 400
_APP = re.compile(r"^(\w+)\s*(?::[^=]+)?=\s*(?:\w+\.)?(FastAPI|Starlette|Flask|Quart|Litestar)\(", re.MULTILINE)
_ASGI = ("FastAPI", "Starlette", "Quart", "Litestar")


def adopt(folder: Path) -> Found:
    """Return a task that installs the project and a service that runs it."""
    project, broken = _project(folder / "pyproject.toml")
    has_file = (folder / "pyproject.toml").is_file()
    requirements = (folder / "requirements.txt").is_file()
    if not has_file and not requirements and not (folder / "manage.py").is_file():
        return Found()
    said = [f"{name}: a Python project" for name, there in _seen(folder) if there]
    guessed = [broken] if broken else []
    parts = [] if broken else list(_install(folder, project, requirements=requirements))
    needs = tuple(part.name for part in parts)
    program = _program(folder, project, needs)
    if program is not None:
        parts.append(program)
        guessed.append(program.guess)
    elif not broken:
        guessed.append("no web framework and no script was seen in the Python sources: nothing of them runs")
    name = project.get("name")
    return Found(tuple(parts), tuple(said), tuple(guessed), safe_name(str(name)) if name else None)


def _seen(folder: Path) -> Iterator[tuple[str, bool]]:
    for name in ("pyproject.toml", "requirements.txt", "manage.py"):
        yield name, (folder / name).is_file()


def _project(path: Path) -> tuple[dict[str, Any], str]:
    try:
        read = tomllib.loads(path.read_text("utf-8", errors="replace"))
    except FileNotFoundError:
        return {}, ""
    except tomllib.TOMLDecodeError:
        return {}, "pyproject.toml is no TOML: it is passed over"
    project = read.get("project")
    return (project if isinstance(project, dict) else {}), ""


def _install(folder: Path, project: dict[str, Any], *, requirements: bool) -> Iterator[Part]:
    make = "python3 -m venv .venv && .venv/bin/python -m pip install --quiet"
    if (folder / "uv.lock").is_file():
        yield _packages("uv sync", "uv.lock")
    elif (folder / "poetry.lock").is_file():
        yield _packages("poetry install", "poetry.lock")
    elif requirements:
        yield _packages(f"{make} -r requirements.txt", "requirements.txt")
    elif project:
        yield _packages(f"{make} -e .", "pyproject.toml")


def _packages(run: str, file: str) -> Part:
    return Part("python-packages", "task", (("run", code(run)), ("inputs", code([file]))))


def _program(folder: Path, project: dict[str, Any], needs: tuple[str, ...]) -> Part | None:
    if (folder / "manage.py").is_file():
        run, why = "python manage.py runserver $HOST:$PORT --noreload", "manage.py is Django's"
    elif found := _app(folder):
        module, variable, kind = found
        why = f"{module} makes a {kind} application"
        if kind in _ASGI:
            run = f"python -m uvicorn {module}:{variable} --host $HOST --port $PORT"
        else:
            run = f"python -m flask --app {module}:{variable} run --host $HOST --port $PORT"
    else:
        scripts = project.get("scripts")
        name = next(iter(scripts), None) if isinstance(scripts, dict) else None
        if name is None:
            return None
        guess = f'app runs the script "{name}" of pyproject.toml'
        return Part("app", "service", (("run", code([name])), ("reload", code(["**/*.py"]))), needs=needs, guess=guess)
    arguments = (("run", code(run)), ("port", "8000"), ("reload", code(["**/*.py"])))
    return Part("app", "service", arguments, needs=needs, guess=f"app listens on port 8000: {why}")


def _app(folder: Path) -> tuple[str, str, str] | None:
    """Return module, variable and framework of the first application in the sources, the shallowest first."""
    files = sorted(_sources(folder), key=lambda path: (len(path.parts), str(path)))
    for path in files[:_MOST]:
        found = _APP.search(path.read_text("utf-8", errors="replace"))
        if found:
            inside = path.relative_to(folder).with_suffix("").parts
            words = inside[1:] if inside[0] == "src" else inside
            return ".".join(words[:-1] if words[-1] == "__init__" else words), found[1], found[2]
    return None


def _sources(folder: Path, depth: int = 3) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and depth and path.name not in _SKIPPED and not path.name.startswith("."):
            yield from _sources(path, depth - 1)
        elif path.suffix == ".py" and path.is_file() and path.name != "stack.py":
            yield path
