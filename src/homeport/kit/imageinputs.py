"""What an image is made from, read off its Dockerfile, and the digest of it all: known before any engine is asked."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from homeport.kit.dockerfile import DockerfileError, Instruction, Parsed, Stage, lines_of, sources
from homeport.kit.suggest import did_you_mean

_WILD: Final = re.compile(r"[*?\[\\$]")
_OWN_SYNTAX: Final = re.compile(r"(docker\.io/)?docker/dockerfile(-upstream)?(:|@|$)")
_REMOTE: Final = re.compile(r"(https?|ssh|git)://|git@")
_FROM_FLAG: Final = re.compile(r"((?:--|[,=])from=)([^\s,\\]+)")
_VERSION: Final = b"homeport image 1"


class Reads(NamedTuple):
    """What a build reads.

    ``bases``: images by the names that the Dockerfile gives them, with the lines of it. ``paths``: files and folders of the
    context, relative to it; None when it may be any. ``followed``: those of them that lie behind a wildcard, where the engine
    follows links.
    """

    bases: Mapping[str, int]
    paths: tuple[str, ...] | None
    followed: frozenset[str] = frozenset()


def reads(parsed: Parsed, target: str | None = None) -> Reads:
    """Return what the build of a stage (the last one unless named) reads. Raises DockerfileError for an unknown stage."""
    bases: dict[str, int] = {}
    taken: list[str] | None = []
    followed: set[str] = set()
    for stage in _reached(parsed, _target(parsed, target)):
        for name, line in _images(parsed, stage):
            bases.setdefault(name, line)
        for path, wild in _from_context(stage):
            if taken is None or path is None:
                taken = None
                continue
            taken.append(path)
            if wild:
                followed.add(path)
    # A Dockerfile that copies nothing may have an image below that copies by ONBUILD.
    plain = parsed.syntax is None or _OWN_SYNTAX.match(parsed.syntax) is not None
    if not taken or not plain or "" in taken:
        return Reads(bases, None)
    return Reads(bases, tuple(sorted(set(taken))), frozenset(followed))


def _target(parsed: Parsed, target: str | None) -> Stage:
    if target is None:
        return parsed.stages[-1]
    found = _stage(parsed.stages, target)
    if found is None:
        names = [stage.name for stage in parsed.stages if stage.name]
        raise DockerfileError(
            f'there is no stage "{target}"',
            parsed.stages[-1].line,
            did_you_mean(target, names, "name a stage: FROM IMAGE AS NAME"),
        )
    return found


def _stage(stages: Sequence[Stage], name: str) -> Stage | None:
    """Return a stage by its name or number; of two with one name the later one."""
    found = next((stage for stage in reversed(stages) if stage.name == name.lower()), None)
    if found is None and name.isdigit() and int(name) < len(stages):
        return stages[int(name)]
    return found


def _reached(parsed: Parsed, target: Stage) -> list[Stage]:
    """Return the stages that the target needs, itself among them."""
    found: list[Stage] = []
    todo = [target]
    while todo:
        stage = todo.pop()
        if stage in found:
            continue
        found.append(stage)
        earlier = parsed.stages[: parsed.stages.index(stage)]
        below = next((each for each in reversed(earlier) if each.name == stage.base.lower()), None)
        todo.extend([below] if below else [])
        for _, name in _taken_from(stage):
            if (other := _stage(earlier, name)) is not None:
                todo.append(other)
            elif "$" in name:
                todo.extend(earlier)
    return sorted(found, key=lambda stage: stage.line)


def _images(parsed: Parsed, stage: Stage) -> Iterator[tuple[str, int]]:
    earlier = parsed.stages[: parsed.stages.index(stage)]
    if stage.base != "scratch" and all(each.name != stage.base.lower() for each in earlier):
        yield stage.base, stage.line
    for line, name in _taken_from(stage):
        if _stage(earlier, name) is None and "$" not in name:
            yield name, line


def _taken_from(stage: Stage) -> Iterator[tuple[int, str]]:
    """Yield the stages and images that instructions take files from, with their lines."""
    for each in stage.instructions:
        for name in each.values("from"):
            yield each.line, name
        for mount in each.values("mount"):
            yield from ((each.line, value) for key, value in _options(mount) if key == "from")


def _options(mount: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (part.partition("=") for part in mount.split(","))]


def _from_context(stage: Stage) -> Iterator[tuple[str | None, bool]]:
    """Yield the paths that a stage takes from the context, and whether links are followed there; None: it may be any."""
    for each in stage.instructions:
        if each.keyword == "ONBUILD" or any(_binds(mount) for mount in each.values("mount")):
            yield None, False
        elif each.keyword in {"COPY", "ADD"} and not each.values("from"):
            yield from _sources(each)


def _binds(mount: str) -> bool:
    """Whether a mount shows files of the context to a command."""
    options = dict(_options(mount))
    return options.get("type", "bind") == "bind" and "from" not in options


def _sources(given: Instruction) -> Iterator[tuple[str | None, bool]]:
    found = sources(given)
    if found is None:
        yield None, False
        return
    for source in found:
        if given.keyword == "ADD" and _REMOTE.match(source):
            continue
        parts = [part for part in source.strip("\"'").split("/") if part not in {"", "."}]
        wild = next((at for at, part in enumerate(parts) if _WILD.search(part)), None)
        path = "/".join(parts[:wild])
        yield (None if ".." in parts else path), wild is not None


def substituted(text: str, parsed: Parsed, ours: Mapping[str, str]) -> str:
    """Return the Dockerfile with images by other names, line by line in the same places.

    ``ours``: the other name by the one that the Dockerfile gives, as ``Reads.bases`` has it.
    """
    lines = lines_of(text)
    for stage in parsed.stages:
        if stage.base in ours:
            flags = "".join(f"--{name}={value} " for name, value in stage.begin.flags)
            named = f" AS {stage.name}" if stage.name else ""
            blank = [""] * (stage.begin.last - stage.line)
            lines[stage.line - 1 : stage.begin.last] = [f"FROM {flags}{ours[stage.base]}{named}", *blank]
        for each in stage.instructions:
            for at in range(each.line - 1, each.last):
                lines[at] = _taken(lines[at], ours)
    return "\n".join(lines)


def _taken(line: str, ours: Mapping[str, str]) -> str:
    """Return a line with the images that files are taken from by other names."""
    return _FROM_FLAG.sub(lambda found: found[1] + ours.get(found[2], found[2]), line)


def digest(parts: Iterable[tuple[str, str | bytes]]) -> str:
    """Return twelve signs that change exactly when a part does: a part is what it is, and its value."""
    whole = blake2b(_VERSION, digest_size=6)
    for kind, value in parts:
        for piece in (kind, value):
            told = piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece
            whole.update(b"%d:" % len(told))
            whole.update(told)
    return whole.hexdigest()
