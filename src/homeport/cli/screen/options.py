"""The options of a stack and their values."""

from collections.abc import Mapping, Sequence

from homeport.cli.screen.columns import natural, row, shrink
from homeport.cli.screen.paint import Paint
from homeport.model.nodes import Option
from homeport.model.wishes import shown_option

_HEADS = ("OPTION", "VALUE", "TYPE", "HELP")


def lines(options: Sequence[Option], values: Mapping[str, str], width: int | None, paint: Paint) -> list[str]:
    """Return a row for each option; a value that was given is marked by its colour and by the default beside it."""
    if not options:
        return ["the stack has no options"]
    rows = [_cells(option, values) for option in options]
    widths = shrink(natural([_HEADS, *rows]), width, (3, 2, 1, 0))
    drawn = [paint("dim", row(_HEADS, widths, [None] * 4, paint))]
    for option, cells in zip(options, rows, strict=True):
        drawn.append(row(cells, widths, [None, "cyan" if option.name in values else None, None, None], paint))
    return drawn


def _cells(option: Option, values: Mapping[str, str]) -> tuple[str, str, str, str]:
    name, given = option.name, values.get(option.name)
    standard = shown_option(name, option.default) if option.default is not None else None
    value = shown_option(name, given) if given is not None else standard if standard is not None else "(must be given)"
    kind = " | ".join(option.choices) if option.choices else option.type
    default = f"(default: {standard})" if given is not None and standard is not None else ""
    return name, value, kind, " ".join(part for part in (option.help, default) if part)
