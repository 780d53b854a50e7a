"""Compose files: stores become components, what has a command becomes a process, images alone are left out and said."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from homeport.config.adopt.parts import Found, Part, Use, code, safe_name
from homeport.config.adopt.stores import component, refer, word_of_image
from homeport.model.errors import ConfigError, Mistake

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def adopt(folder: Path) -> Found:
    """Return what the compose file of a folder has. Raises ConfigError when it is no YAML."""
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if path is None:
        return Found()
    try:
        read = yaml.safe_load(path.read_text("utf-8", errors="replace"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        raise ConfigError(
            [Mistake(f"{path.name} is not YAML", str(path), line, hint="mend it, or move it away")]
        ) from None
    services = read.get("services") if isinstance(read, dict) else None
    declared = {str(name): what for name, what in (services or {}).items() if isinstance(what, dict)}
    name = read.get("name") if isinstance(read, dict) else None
    return _read(path, declared, safe_name(str(name)) if name else None)


def _read(path: Path, declared: Mapping[str, Mapping[str, Any]], stack: str | None) -> Found:
    said = [f"{path.name}: {', '.join(declared) or 'no services'}"]
    guessed: list[str] = []
    stores: dict[str, Part] = {}
    programs: dict[str, Mapping[str, Any]] = {}
    for name, what in declared.items():
        image = str(what.get("image", ""))
        word = word_of_image(image)
        if word is not None and "build" not in what:
            stores[name] = component(safe_name(name), word, image, _environment(what))
        elif _command(what):
            programs[name] = what
        else:
            origin = f"the image {image}" if image else "a Dockerfile"
            guessed.append(f"{name} is left out: {origin} says how it starts, and no command here does")
    names = {**stores, **{name: _named(name, what) for name, what in programs.items()}}
    parts = [*stores.values(), *(_program(name, what, names, path.parent) for name, what in programs.items())]
    guessed += [f"{name} runs its command as a process, not in its container" for name in programs]
    return Found(tuple(parts), tuple(said), tuple(guessed), stack)


def _named(name: str, what: Mapping[str, Any]) -> Part:
    """Return just enough of a program for others to refer to it."""
    ports = [found for each in what.get("ports") or () if (found := _port(each))]
    return Part(safe_name(name), "service", (("port", str(ports[0][1])),) if ports else ())


def _listens(part: Part) -> bool:
    """Whether a part has an address that others may use."""
    return part.is_store or bool(part.arguments)


def _program(name: str, what: Mapping[str, Any], names: Mapping[str, Part], root: Path) -> Part:
    arguments = [("run", code(_command(what)))]
    ports = [found for each in what.get("ports") or () if (found := _port(each))]
    if ports:
        host, inside = ports[0]
        arguments.append(("port", str(inside)))
        if host is not None and host != inside:
            arguments.append(("host", str(host)))
    build = what.get("build")
    folder = build.get("context") if isinstance(build, dict) else build
    if isinstance(folder, str) and folder not in (".", "./") and (root / folder).is_dir():
        arguments.append(("cwd", code(folder.removeprefix("./"))))
    env: list[tuple[str, str | Use]] = []
    for key, value in _environment(what).items():
        use = refer(value, {other: part for other, part in names.items() if other != name and _listens(part)})
        env.append((key, Use(names[use.name].name, use.attribute) if isinstance(use, Use) else use))
    needs = tuple(names[other].name for other in (what.get("depends_on") or ()) if other in names)
    return Part(safe_name(name), "service", tuple(arguments), tuple(env), needs)


def _command(what: Mapping[str, Any]) -> str | list[str] | None:
    command = what.get("command")
    if isinstance(command, list):
        return [str(word) for word in command]
    return command if isinstance(command, str) and command.strip() else None


def _environment(what: Mapping[str, Any]) -> dict[str, str]:
    given = what.get("environment") or {}
    if isinstance(given, list):
        pairs = (str(each).partition("=") for each in given)
        return {name: value for name, equals, value in pairs if equals}
    if isinstance(given, dict):
        return {str(name): _text(value) for name, value in given.items() if value is not None}
    return {}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _port(given: object) -> tuple[int | None, int] | None:
    """Return the published and the inner port of an entry; None for ranges and other things that say nothing clear."""
    if isinstance(given, dict):
        given = f"{given.get('published', '')}:{given.get('target', '')}"
    words = str(given).split("/")[0].split(":")
    if not words[-1].isdigit():
        return None
    host = words[-2] if len(words) > 1 else ""
    return (int(host) if host.isdigit() else None), int(words[-1])
