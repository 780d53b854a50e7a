"""All sources together."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from homeport.config.adopt import compose, package, procfile, python, settings
from homeport.config.adopt.parts import Found, Part, Use, code, safe_name

_STARTER = Part(
    "hello",
    "service",
    (("run", code("python3 -m http.server $PORT --bind $HOST")), ("port", "8000"), ("links", code({"Page": "/"}))),
    guess="nothing was found that runs, so here is a small server to begin with",
)


class Proposal(Struct, frozen=True):
    """A stack to write: its parts in an order in which each comes after what it uses."""

    stack: str
    parts: tuple[Part, ...]
    said: tuple[str, ...]
    guessed: tuple[str, ...]
    settings: str | None = None


def look(folder: Path) -> Proposal:
    """Look at a folder. Raises ConfigError for a file that is too broken to be read past."""
    procs, composed, packed = procfile.adopt(folder), compose.adopt(folder), package.adopt(folder)
    written, told = python.adopt(folder), settings.adopt(folder)
    sources = (procs, composed, packed, written, told)
    parts = _chosen(procs, composed, packed, written, told)
    # With a Procfile or a compose file, what the languages could not tell is of no interest.
    sure = bool(procs.parts) or any(part.word == "service" for part in composed.parts)
    guessed = [line for found in sources for line in found.guessed if not sure or found not in (packed, written)]
    if not any(part.word == "service" for part in parts):
        parts.append(_STARTER)
        guessed.append(_STARTER.guess)
    parts = _with_addresses(parts, settings.addresses(folder))
    return Proposal(
        next((found.stack for found in sources if found.stack), None) or safe_name(folder.name),
        tuple(_ordered(parts, guessed)),
        tuple(line for found in sources for line in found.said),
        tuple(dict.fromkeys(guessed)),
        told.settings,
    )


def _chosen(procs: Found, composed: Found, packed: Found, written: Found, told: Found) -> list[Part]:
    """Choose one source for the programs: a Procfile says most, then a compose file, then what languages tell."""
    chosen: dict[str, Part] = {}
    stores = [part for part in composed.parts if part.is_store]
    words = {part.word for part in stores}
    stores += [part for part in told.parts if part.word not in words]
    installs = [part for found in (packed, written) for part in found.parts if part.word == "task"]
    names = tuple(part.name for part in installs)
    programs = [part for part in procs.parts if not part.is_store]
    programs = programs or [part for part in composed.parts if part.word == "service"]
    if programs:
        node = any(part.node for part in installs)
        programs = [replace(part, needs=(*names, *part.needs), node=node) for part in programs]
    else:
        programs = [part for found in (packed, written) for part in found.parts if part.word == "service"]
    for part in (*stores, *installs, *programs):
        name, number = part.name, 2
        while name in chosen:
            name, number = f"{part.name}-{number}", number + 1
        chosen[name] = replace(part, name=name)
    return list(chosen.values())


def _with_addresses(parts: list[Part], addresses: dict[str, Part]) -> list[Part]:
    """Let every program learn the addresses of stores under the names that the settings have."""
    by_word = {part.word: part.name for part in parts if part.is_store}
    env = tuple((key, Use(by_word[part.word], "url")) for key, part in addresses.items() if part.word in by_word)
    return [part if part.is_store or part.name.endswith("packages") else _plus(part, env) for part in parts]


def _plus(part: Part, env: tuple[tuple[str, Use], ...]) -> Part:
    known = {key for key, _ in part.env}
    return replace(part, env=(*part.env, *((key, use) for key, use in env if key not in known)))


def _ordered(parts: Iterable[Part], guessed: list[str]) -> Iterable[Part]:
    """Yield parts after what they use; a circle is cut, and said."""
    waiting = {part.name: part for part in parts}
    done: set[str] = set()
    while waiting:
        free = [part for part in waiting.values() if not (_uses(part) & waiting.keys()) - {part.name}]
        if not free:
            first = next(iter(waiting.values()))
            guessed.append(f"{first.name} and others need each other: {first.name} was let go first")
            free = [_without(first, waiting.keys())]
        for part in free:
            done.add(part.name)
            del waiting[part.name]
            yield part


def _uses(part: Part) -> set[str]:
    return {*part.needs, *(value.name for _, value in part.env if isinstance(value, Use))}


def _without(part: Part, names: Iterable[str]) -> Part:
    gone = set(names)
    env = tuple((key, value) for key, value in part.env if not (isinstance(value, Use) and value.name in gone))
    return replace(part, needs=tuple(name for name in part.needs if name not in gone), env=env)
