"""package.json: the script that serves, and the installation of packages."""

import json
import re
from pathlib import Path
from typing import Any

from homeport.config.adopt.parts import Found, Part, code, safe_name

_SCRIPTS = ("dev", "start", "serve")
_LOCKS = (
    ("package-lock.json", "npm", ["npm", "ci"]),
    ("pnpm-lock.yaml", "pnpm", ["pnpm", "install", "--frozen-lockfile"]),
    ("yarn.lock", "yarn", ["yarn", "install", "--frozen-lockfile"]),
)
_PORTS = {"next": 3000, "react-scripts": 3000, "express": 3000, "fastify": 3000, "koa": 3000, "nuxt": 3000}
"""Ports of tools that listen where PORT says."""
_TOLD = {"vite": (5173, "--port $PORT --strictPort"), "astro": (4321, "--port $PORT"), "ng": (4200, "--port $PORT")}
"""Tools that must be told their port by a flag: the port, and the flag."""


def adopt(folder: Path) -> Found:
    """Return a task that installs packages and a service that runs the script."""
    try:
        read = json.loads((folder / "package.json").read_text("utf-8", errors="replace"))
    except FileNotFoundError:
        return Found()
    except ValueError:
        return Found(guessed=("package.json is no JSON: it is passed over",))
    if not isinstance(read, dict):
        return Found(guessed=("package.json holds no object: it is passed over",))
    return _read(folder, read)


def _read(folder: Path, read: dict[str, Any]) -> Found:
    scripts = read.get("scripts") if isinstance(read.get("scripts"), dict) else {}
    assert isinstance(scripts, dict)
    tool, install, inputs = _install(folder)
    parts = [Part("packages", "task", (("run", code(install)), ("inputs", code(inputs))), node=True)]
    said = [f"package.json: scripts {', '.join(scripts) or '(none)'}, installed by {tool}"]
    guessed: list[str] = []
    script = next((name for name in _SCRIPTS if name in scripts), None)
    if script is None:
        guessed.append("package.json has no script dev, start or serve: nothing of it runs")
    else:
        run, port = _command(tool, script, str(scripts[script]), read)
        arguments = [("run", code(run)), *([("port", str(port))] if port else [])]
        parts.append(Part("web", "service", tuple(arguments), needs=("packages",), node=True))
        where = f"on port {port}" if port else "and listens nowhere that could be seen"
        guessed.append(f'web runs the script "{script}" {where}')
    name = read.get("name")
    return Found(tuple(parts), tuple(said), tuple(guessed), safe_name(str(name)) if name else None)


def _install(folder: Path) -> tuple[str, list[str], list[str]]:
    for lock, tool, command in _LOCKS:
        if (folder / lock).is_file():
            return tool, command, [lock]
    return "npm", ["npm", "install"], ["package.json"]


def _command(tool: str, script: str, text: str, read: dict[str, Any]) -> tuple[str, int | None]:
    """Return the command and the port that a script listens on, as far as its words tell."""
    run = f"{tool} run {script}"
    for name, (port, flag) in _TOLD.items():
        if re.search(rf"\b{name}\b", text):
            return f"{run} {'-- ' if tool == 'npm' else ''}{flag}", port
    if found := re.search(r"(?:--port[= ]|-p |PORT=)(\d{2,5})\b", text):
        return run, int(found[1])
    known = {**(read.get("dependencies") or {}), **(read.get("devDependencies") or {})}
    usual = next((port for name, port in _PORTS.items() if name in known or re.search(rf"\b{name}\b", text)), None)
    return run, usual
