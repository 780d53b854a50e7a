"""A proposal as the text of a stack file."""

import keyword

from homeport.config.adopt.look import Proposal
from homeport.config.adopt.parts import Part, Use, code

_WIDTH = 110
_TAKEN = {"stack", "settings", "node", "Stack"}


def write(proposal: Proposal) -> str:
    """Return the text: imports, the stack, then a declaration per part with what was guessed above it."""
    variables = _variables(proposal)
    used = {name for part in proposal.parts for name in _uses(part)}
    lines = [
        f'"""{proposal.stack}: written by `homeport init` from what it found here. Change whatever is wrong."""',
        "",
        "from homeport import Stack",
        "",
        f'stack = Stack("{proposal.stack}")',
    ]
    if proposal.settings:
        lines.append(f'settings = stack.env_file("{proposal.settings}", optional=True)')
    if any(part.node for part in proposal.parts):
        lines.append("node = stack.node()")
    for part in proposal.parts:
        lines.append("")
        if part.guess:
            lines.append(f"# A guess: {part.guess}")
        lines += _declaration(part, variables, bool(proposal.settings), named=part.name in used)
    return "\n".join(lines) + "\n"


def _uses(part: Part) -> set[str]:
    return {*part.needs, *(value.name for _, value in part.env if isinstance(value, Use))}


def _variables(proposal: Proposal) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in proposal.parts:
        name = part.name.replace("-", "_")
        if name[0].isdigit() or keyword.iskeyword(name) or name in _TAKEN:
            name = f"_{name}" if name[0].isdigit() else f"{name}_"
        found[part.name] = name
    return found


def _declaration(part: Part, variables: dict[str, str], settings: bool, *, named: bool) -> list[str]:
    start = f"{variables[part.name]} = " if named else ""
    arguments = [f'"{part.name}"', *(f"{key}={text}" for key, text in part.arguments)]
    arguments += _env(part, variables, settings)
    if part.needs:
        arguments.append(f"needs=[{', '.join(variables[name] for name in dict.fromkeys(part.needs))}]")
    if part.node:
        arguments.append("tools=[node]")
    short = f"{start}stack.{part.word}({', '.join(arguments)})"
    if len(short) <= _WIDTH and "\n" not in short:
        return [short]
    inside = [f"    {line}" for argument in arguments for line in f"{argument},".split("\n")]
    return [f"{start}stack.{part.word}(", *inside, ")"]


def _env(part: Part, variables: dict[str, str], settings: bool) -> list[str]:
    if part.is_store:
        return []
    values = ["**settings"] if settings and part.word == "service" else []
    for key, value in part.env:
        text = f"{variables[value.name]}.{value.attribute}" if isinstance(value, Use) else code(value)
        values.append(f"{code(key)}: {text}")
    if not values:
        return []
    short = f"env={{{', '.join(values)}}}"
    if len(short) <= _WIDTH - 10:
        return [short]
    return ["env={\n" + "".join(f"    {value},\n" for value in values) + "}"]
