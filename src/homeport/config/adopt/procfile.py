"""Procfile: a line for each process."""

import re
from pathlib import Path

from homeport.config.adopt.parts import Found, Part, code, safe_name

_LINE = re.compile(r"^([A-Za-z0-9_-]+)\s*:\s*(.+?)\s*$")
_FIRST_PORT = 5000
_STEP = 100


def adopt(folder: Path) -> Found:
    """Return a service per line, and a task for ``release``."""
    for name in ("Procfile.dev", "Procfile"):
        path = folder / name
        if path.is_file():
            return _read(name, path.read_text("utf-8", errors="replace"))
    return Found()


def _read(file: str, text: str) -> Found:
    parts: list[Part] = []
    guessed: list[str] = []
    lines = [found for line in text.splitlines() if (found := _LINE.match(line)) and not line.startswith("#")]
    for name, command in ((found[1], found[2]) for found in lines):
        arguments = [("run", code(command))]
        if name == "release":
            parts.append(Part("release", "task", tuple(arguments)))
            continue
        if name == "web" or re.search(r"\$\{?PORT\b", command):
            port = _FIRST_PORT + _STEP * sum(part.word == "service" for part in parts)
            arguments.append(("port", str(port)))
            guessed.append(f"{name} listens on the port in PORT; {port} is wanted for it")
        parts.append(Part(safe_name(name), "service", tuple(arguments)))
    needs = ("release",) if any(part.name == "release" for part in parts) else ()
    whole = tuple(
        Part(part.name, part.word, part.arguments, needs=needs) if part.word == "service" else part for part in parts
    )
    return Found(whole, (f"{file}: {', '.join(part.name for part in parts) or 'nothing in it'}",), tuple(guessed))
