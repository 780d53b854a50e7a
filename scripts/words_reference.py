"""Writes docs/reference/words.md from the words themselves. ``--check`` only says whether the page is up to date."""

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import homeport

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "words.md"
INTRO = """\
# The words of a stack file

Everything that `from homeport import …` offers. This page is written by `scripts/words_reference.py` from the words' own
docstrings, which editors show too. What a reference may speak of is in [references.md](references.md).

Rules: the name comes first, everything else by keyword; a list is a program and its arguments, text is for the shell; paths
start at the file that says them; durations are `"30s"` or seconds; what a value refers to is needed.
"""
PARTS = (
    ("The stack", ("Stack", "Group")),
    ("Ports", ("port", "fixed")),
    ("Probes", ("http", "tcp", "command", "log")),
    ("Needs", ("ready", "started", "completed")),
    ("What follows an end", ("restart", "stop")),
    ("Logs", ("keep",)),
    ("Files and links", ("files", "link")),
    ("Images", ("dockerfile", "image", "built")),
    ("What follows a save in a container", ("sync", "run_after", "restart_after", "full_build")),
    ("Where things run", ("here", "docker", "kubernetes")),
    ("Containers", ("container", "sidecar", "init_container")),
    ("Secrets", ("password", "key", "file", "environ")),
    (
        "What words return",
        ("Service", "Task", "Manifests", "Tool", "Secret", "SecretValue", "Settings", "Option", "Reference"),
    ),
    ("Itself", ("this",)),
    ("Components", ("Component", "Postgres", "Redis", "Valkey", "RabbitMQ")),
    (
        "Types to annotate with",
        (
            "Scope",
            "Port",
            "Probe",
            "Need",
            "Files",
            "Keep",
            "Link",
            "Restart",
            "Stop",
            "Source",
            "Image",
            "Update",
            "Container",
            "Sidecar",
            "InitContainer",
            "Place",
            "Cluster",
        ),
    ),
)
SAME_AS_STACK = ("Group", "Scope")
"""Their methods are those of the stack, which stand there."""


class UndocumentedError(Exception):
    """A word or an argument without a sentence."""


def page() -> str:
    """Return the whole page. Raises UndocumentedError with everything that lacks a sentence."""
    missing = set(homeport.__all__) - {name for _, names in PARTS for name in names}
    if missing:
        raise UndocumentedError(f"on no part of the page: {', '.join(sorted(missing))}")
    lines = [INTRO]
    for title, names in PARTS:
        lines.append(f"## {title}\n")
        for name in names:
            lines.extend(word(name, getattr(homeport, name)))
    return "\n".join(lines).rstrip() + "\n"


def word(name: str, said: Any) -> Iterator[str]:
    """Yield the lines of one word: a function, a class with its methods, or the one object of a class."""
    if inspect.isfunction(said):
        yield from function(name, said)
        return
    kind = said if inspect.isclass(said) else type(said)
    yield f"### `{name}`\n"
    yield summary(name, kind)
    if name in SAME_AS_STACK:
        return
    if not inspect.isclass(said) and callable(said):
        yield from function(name, kind.__call__)
    members = [(each, getattr(kind, each)) for each in vars_of(kind)]
    for each, member in sorted(members, key=lambda pair: isinstance(pair[1], property)):
        if isinstance(member, property):
            yield f"- `.{each}`: {first_paragraph(f'{name}.{each}', member)}"
        elif inspect.isfunction(member) or inspect.ismethod(member):
            yield from function(f"{name}.{each}", member)
    yield ""


def vars_of(kind: type) -> list[str]:
    """Return the public methods and properties that our own classes give a kind, in the order of their definition."""
    found: dict[str, None] = {}
    for base in reversed([base for base in kind.__mro__ if base.__module__.startswith("homeport.")]):
        for each, member in vars(base).items():
            shown = isinstance(member, property | classmethod) or inspect.isfunction(member)
            if shown and not each.startswith("_") and member.__doc__:  # a refusal of a str's method has no docstring
                found.setdefault(each)
    return list(found)


def function(name: str, said: Callable[..., Any]) -> Iterator[str]:
    """Yield the lines of a function: its signature, what it does, and a row per argument."""
    yield f"### `{name}{signature(said)}`\n"
    yield summary(name, said)
    given = arguments(said.__doc__ or "")
    wanted = [each for each in inspect.signature(said).parameters if each != "self"]
    silent = [each for each in wanted if each not in given and len(wanted) > 0 and not each.startswith("_")]
    if silent:
        raise UndocumentedError(f"{name}() says nothing of {', '.join(silent)}")
    if wanted:
        yield "| argument | default | meaning |\n|---|---|---|"
        for each in wanted:
            yield f"| `{each}` | {default(said, each)} | {given[each]} |"
        yield ""


def signature(said: Callable[..., Any]) -> str:
    """Return the arguments in short: those without default, then an ellipsis for the others."""
    parameters = [each for each in inspect.signature(said).parameters.values() if each.name != "self"]
    needed = [
        f"*{each.name}"
        if each.kind is each.VAR_POSITIONAL
        else f"{each.name}=…"
        if each.kind is each.KEYWORD_ONLY
        else each.name
        for each in parameters
        if each.default is each.empty
    ]
    return f"({', '.join([*needed, '…'] if len(needed) < len(parameters) else needed)})"


def default(said: Callable[..., Any], name: str) -> str:
    """Return an argument's default as it stands in a file."""
    value = inspect.signature(said).parameters[name].default
    return "" if value is inspect.Parameter.empty or value in (None, ()) else f"`{value!r}`".replace("'", '"')


def summary(name: str, said: Any) -> str:
    """Return what a word does: its docstring without the arguments, as Markdown."""
    text = inspect.cleandoc(said.__doc__ or "").split("\nArgs:")[0].strip()
    if not text:
        raise UndocumentedError(f"{name} has no docstring")
    return markdown(text) + "\n"


def first_paragraph(name: str, said: Any) -> str:
    """Return the first paragraph of a docstring as Markdown, in one line."""
    return " ".join(summary(name, said).split("\n\n")[0].split())


def arguments(docstring: str) -> dict[str, str]:
    """Return the sentences of a Google-style ``Args:`` section by argument."""
    _, _, section = inspect.cleandoc(docstring).partition("\nArgs:\n")
    found: dict[str, str] = {}
    for match in re.finditer(r"^    (\w+): (.+(?:\n      +.+)*)", section, re.MULTILINE):
        found[match[1]] = markdown(" ".join(match[2].split())).replace("|", "\\|")
    return found


def markdown(text: str) -> str:
    """Return docstring markup as Markdown: code in single backticks, an indented example as a block."""
    text = text.replace("``", "`")
    if "::\n\n" not in text:
        return text
    before, _, rest = text.partition("::\n\n")
    block = re.match(r"(?:(?:    .*)?\n?)+", rest)
    code = textwrap.dedent(block[0]).strip() if block else ""
    return f"{before}:\n\n```python\n{code}\n```\n\n{rest[len(block[0]) if block else 0 :].strip()}".rstrip()


def main() -> int:
    """Write the page, or with ``--check`` compare it."""
    text = page()
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text() != text)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
