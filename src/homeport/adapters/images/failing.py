"""Why an image was not made or not pushed, as one sentence, the place in the Dockerfile, and the last lines."""

import re
from collections.abc import Iterator
from typing import Final

from homeport.adapters.images.plain import BuildLog
from homeport.kit.dockerfile import Instruction, Parsed, Stage
from homeport.kit.imagenames import parsed as parsed_name
from homeport.model.errors import OutsideError
from homeport.ports.builder import BuildFailed, FromCommand, FromDockerfile
from homeport.ports.runtime import Exit

_TITLE: Final = re.compile(r"\[(?:\S+ )??(?:(\S+) )?(\d+)/(\d+)\] (\w+)(.*)")
_STEPS: Final = frozenset({"FROM", "RUN", "COPY", "ADD", "WORKDIR"})
"""The instructions that BuildKit counts."""

_LOOKED_UP: Final = re.compile(r"\[internal\] load metadata for (\S+)")
_UNANSWERED: Final = re.compile(r"failed to do request|failed to fetch (?:anonymous|oauth) token")
"""What BuildKit says when the registry of a base did not answer, or not in time."""
_LOST: Final = re.compile(r"connection refused|no such host|i/o timeout|connection reset|EOF|timeout", re.IGNORECASE)
_DENIED: Final = re.compile(r"denied|unauthorized|no basic auth|authentication required", re.IGNORECASE)


def build_failure(recipe: FromDockerfile, parsed: Parsed, name: str, log: BuildLog) -> BuildFailed | OutsideError:
    """Return the error for a build that the engine gave up, an OutsideError where trying again may help."""
    line = log.line or (place(parsed, log.failing, recipe.target) if log.failing else 0)
    source = next((text for number, text in _written(parsed) if number == line), "")
    where = f"{recipe.file}:{line}" if line else recipe.file
    why = _reason(log.message) or "docker does not say why"
    what = f'image "{name}" cannot be built: {where}: {f"{source}: " if source else ""}{why}'
    if _UNANSWERED.search(why) and _LOST.search(why):
        return OutsideError(what, hint="look whether this machine reaches the registry of the base image")
    return BuildFailed(
        what,
        file=recipe.file,
        line=line,
        source=source,
        tail=log.tail,
        hint="mend the Dockerfile or what it copies; what runs goes on with the image it has",
    )


def command_failure(recipe: FromCommand, name: str, exit_: Exit | None, tail: tuple[str, ...]) -> BuildFailed:
    """Return the error for a command that failed (``exit_``), or that made no image of that name."""
    command = " ".join(recipe.argv)
    if exit_ is None:
        what = f'"{command}" ended well, but no image is called "{name}"'
        return BuildFailed(what, tail=tail, hint="let it give the image the name that it finds in HOMEPORT_IMAGE")
    ended = f"exit {exit_.code}" if exit_.code is not None else f"killed by {exit_.signal}"
    return BuildFailed(f'image "{name}" was not made: "{command}": {ended}', tail=tail, hint="its last lines say why")


def push_failure(name: str, told: tuple[str, ...]) -> OutsideError:
    """Return the error for an image that a registry did not take."""
    registry = parsed_name(name).registry
    why = told[-1].strip() if told else "docker does not say why"
    if _DENIED.search(why):
        return OutsideError(
            f'registry "{registry}" does not take "{name}": {why}', hint=f"log in to it: docker login {registry}"
        )
    if (lost := _LOST.search(why)) is not None:
        return OutsideError(
            f'registry "{registry}" does not answer: {lost[0].lower()}',
            hint="start it, or name the registry that the cluster pulls from",
        )
    return OutsideError(f'"{name}" cannot be pushed: {why}', hint=f"try it by hand: docker push {name}")


def place(parsed: Parsed, title: str, target: str | None) -> int:
    """Return the line of the instruction that BuildKit calls so; 0 when it cannot be known."""
    if (looked_up := _LOOKED_UP.fullmatch(title)) is not None:
        base = parsed_name(looked_up[1])
        return next((stage.line for stage in parsed.stages if parsed_name(stage.base) == base), 0)
    match = _TITLE.fullmatch(title)
    if match is None:
        return 0
    squeezed = _squeezed(match[4] + match[5])
    same = [each.line for each in _instructions(parsed) if _squeezed(f"{each.keyword} {each.text}") == squeezed]
    if len(same) == 1:
        return same[0]
    stage = _called(parsed, match[1], target)
    counted = [each for each in stage.instructions if each.keyword in _STEPS]
    number = int(match[2]) - 2
    # Where an instruction makes several steps, or none, the count is another one.
    if 0 <= number < len(counted) == int(match[3]) - 1 and counted[number].keyword == match[4].upper():
        return counted[number].line
    return stage.line if int(match[2]) == 1 else min(same, default=0)


def _called(parsed: Parsed, name: str | None, target: str | None) -> Stage:
    wanted = name or target
    for number, stage in enumerate(parsed.stages):
        if wanted is not None and wanted.lower() in {stage.name, f"stage-{number}"}:
            return stage
    return parsed.stages[-1]


def _instructions(parsed: Parsed) -> Iterator[Instruction]:
    for stage in parsed.stages:
        yield from stage.instructions


def _written(parsed: Parsed) -> Iterator[tuple[int, str]]:
    for stage in parsed.stages:
        yield stage.line, f"FROM {stage.base}"
        yield from ((each.line, f"{each.keyword} {_squeezed(each.text)}") for each in stage.instructions)


def _squeezed(text: str) -> str:
    """Return text without the flags and blanks in which its forms differ."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=\s)--[a-z]+=\S+\s", "", text)).strip()


def _reason(message: str) -> str:
    """Return what failed, less the command line, which the Dockerfile shows."""
    match = re.search(r"(?:executor failed running|did not complete successfully).*?(exit code: \d+)", message)
    return match[1] if match else message
