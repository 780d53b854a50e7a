r"""Reading a Dockerfile as far as its inputs go: stages, the images that they begin from, and the files that they take."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

_DIRECTIVE: Final = re.compile(r"#\s*([A-Za-z]+)\s*=\s*(\S.*?)\s*")
_HEREDOC: Final = re.compile(r"(?<!\S)\d*<<(-?)([\"']?)([A-Za-z_]\w*)\2(?!\S)")
_FLAG: Final = re.compile(r"--([a-z-]+)(?:=(\S+))?(?:\s+|$)")
_VARIABLE: Final = re.compile(r"\\(.)|\$(?:(\w+)|\{(\w+)(?::([-+])((?:[^{}]|\$\{[^{}]*\})*))?\})")


class DockerfileError(ValueError):
    """What is wrong, at which line, and what to do about it."""

    def __init__(self, what: str, line: int, hint: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.what = what
        self.line = line
        self.hint = hint


class Instruction(NamedTuple):
    """One instruction: its keyword in capitals, its flags (``--from=x``), the rest of its text, its first and last line."""

    keyword: str
    flags: tuple[tuple[str, str], ...]
    text: str
    line: int
    last: int

    def values(self, flag: str) -> list[str]:
        """Return what a flag was given, each time that it stands there."""
        return [value for name, value in self.flags if name == flag]


class Stage(NamedTuple):
    """A ``FROM`` and what follows: ``base`` is an image, another stage or ``scratch``, with variables filled in."""

    name: str | None
    base: str
    begin: Instruction
    instructions: tuple[Instruction, ...] = ()

    @property
    def line(self) -> int:
        """The line of its ``FROM``."""
        return self.begin.line


class Parsed(NamedTuple):
    """A whole Dockerfile. ``syntax``: another reader of it that it asks for."""

    stages: tuple[Stage, ...]
    syntax: str | None


def parse(text: str, args: Mapping[str, str] | None = None) -> Parsed:
    """Return the stages, with build arguments filled into ``FROM``. Raises DockerfileError."""
    directives, escape = _directives(text)
    known: dict[str, str] = {}
    stages: list[Stage] = []
    inside: list[Instruction] = []
    for each in _instructions(text, escape):
        if each.keyword == "FROM":
            inside = []
            stages.append(_stage(each, known))
        elif stages:
            inside.append(each)
            stages[-1] = stages[-1]._replace(instructions=tuple(inside))
        elif each.keyword == "ARG":
            known |= _declared(each, known, args or {})
        else:
            raise DockerfileError(f"{each.keyword} stands before the first FROM", each.line, "begin with FROM IMAGE")
    if not stages:
        raise DockerfileError("there is no FROM", 1, "name the image to begin from: FROM IMAGE")
    return Parsed(tuple(stages), directives.get("syntax"))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with ``$NAME``, ``${NAME:-default}`` and ``${NAME:+other}`` replaced; unknown names are empty."""

    def value(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        known = values.get(found[2] or found[3], "")
        if found[4] == "-":
            return known or filled(found[5], values)
        return (filled(found[5], values) if known else "") if found[4] == "+" else known

    return _VARIABLE.sub(value, text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a file as an engine cuts them."""
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]


def _stage(given: Instruction, known: Mapping[str, str]) -> Stage:
    words = given.text.split()
    if len(words) not in {1, 3} or (len(words) == 3 and words[1].lower() != "as"):
        raise DockerfileError(f'"FROM {given.text}" is not understood', given.line, "expected FROM IMAGE [AS NAME]")
    base = filled(words[0].strip("\"'"), known)
    if not base:
        hint = f"give the argument in {words[0]} a value: args= of the image, or ARG NAME=value above FROM"
        raise DockerfileError(f'"FROM {words[0]}" names no image', given.line, hint)
    return Stage(words[2].lower() if len(words) == 3 else None, base, given)


def _declared(given: Instruction, known: Mapping[str, str], args: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in re.findall(r"(?:[^\s\"']|\"[^\"]*\"|'[^']*')+", given.text):
        name, is_set, default = word.partition("=")
        if name in args:
            found[name] = args[name]
        elif is_set:
            found[name] = filled(re.sub(r"[\"']", "", default), {**known, **found})
    return found


def _directives(text: str) -> tuple[dict[str, str], str]:
    """Return the ``# name=value`` lines at the head, and the sign that continues lines."""
    found: dict[str, str] = {}
    for line in lines_of(text):
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            break
        found[match[1].lower()] = match[2]
    return found, "`" if found.get("escape") == "`" else "\\"


def _instructions(text: str, escape: str) -> Iterator[Instruction]:
    lines = lines_of(text)
    at = 0
    while at < len(lines):
        begin = at
        at, joined = _joined(lines, at, escape)
        if joined is None:
            continue
        keyword, _, rest = joined.strip().partition(" ")
        flags, rest = _flags(rest.strip())
        end = at
        heredocs = _HEREDOC.findall(rest) if keyword.upper() in {"RUN", "COPY", "ADD", "ONBUILD"} else []
        for dash, _, word in heredocs:
            at = _after(lines, at, word, indented=bool(dash))
        yield Instruction(keyword.upper(), flags, rest, begin + 1, end)


def _joined(lines: list[str], at: int, escape: str) -> tuple[int, str | None]:
    """Return the place after an instruction and its lines as one; None for a comment or an empty line."""
    if not lines[at].strip() or lines[at].lstrip().startswith("#"):
        return at + 1, None
    parts: list[str] = []
    while at < len(lines):
        line = lines[at].rstrip()
        at += 1
        if parts and (not line or line.lstrip().startswith("#")):
            continue  # between continued lines these do not count
        parts.append(line.removesuffix(escape))
        if not line.endswith(escape):
            break
    return at, "".join(parts).replace("\t", " ")


def _after(lines: list[str], at: int, word: str, *, indented: bool) -> int:
    """Return the place after a here-document, or the same one when it never ends: then it was none."""
    for number in range(at, len(lines)):
        if (lines[number].lstrip("\t") if indented else lines[number]) == word:
            return number + 1
    return at


def _flags(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    found: list[tuple[str, str]] = []
    while match := _FLAG.match(text):
        found.append((match[1], match[2] or ""))
        text = text[match.end() :]
    return tuple(found), text


def sources(given: Instruction) -> list[str] | None:
    """Return what a COPY or ADD takes, as written; None when that cannot be known."""
    if given.text.startswith("["):
        try:
            words = json.loads(given.text)
        except ValueError:
            return None
        return [str(word) for word in words[:-1]] if isinstance(words, list) else None
    return [word for word in given.text.split()[:-1] if not _HEREDOC.fullmatch(word)]
