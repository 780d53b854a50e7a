"""Flags and arguments that mean the same in every command."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from homeport.cli.call import Call, here, out
from homeport.model.running import RUNNING

F = TypeVar("F", bound=Callable[..., Any])


def _call(context: click.Context) -> Call:
    """Return the call; while a shell asks for completions, the group has not run and there is none yet."""
    root = context.find_root()
    if root.obj is None:
        root.obj = here(root.params.get("file"), root.params.get("instance"))
    assert isinstance(root.obj, Call)
    return root.obj


def _tell(name: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def told(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            setattr(_call(context), name, value)

    return told


class Rest(click.Command):
    """A command that takes another command, or arguments, after ``--``: they arrive as the keyword ``rest``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Split the words at the first ``--``; None says that there was none."""
        at = args.index("--") if "--" in args else len(args)
        ctx.params["rest"] = tuple(args[at + 1 :]) if at < len(args) else None
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Show it in the line of usage."""
        return [*super().collect_usage_pieces(ctx), "[-- WORDS...]"]


def command(*, rest: bool = False) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command. ``--file`` and ``--instance`` may follow it as well as precede it."""

    def make(function: Callable[..., Any]) -> click.Command:
        for name in ("instance", "file"):
            function = click.option(f"--{name}", expose_value=False, hidden=True, callback=_tell(name))(function)
        made = click.command(cls=Rest if rest else click.Command)(click.pass_obj(function))
        made.context_settings.setdefault("help_option_names", ["-h", "--help"])
        return made

    return make


def complete_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the names and groups of the running house that begin so; nothing when it does not run."""
    from homeport.cli.place import NotRunningError, client
    from homeport.model.errors import HomeportError

    try:
        frame = client(_call(context), timeout=1.0).status()
    except (OSError, NotRunningError, HomeportError):
        return []
    known = dict.fromkeys(node.name for node in frame.nodes if node.type in RUNNING)
    known.update((group, None) for node in frame.nodes for group in node.groups)
    return [name for name in known if name.startswith(incomplete)]


def names_argument(*, required: bool = False) -> Callable[[F], F]:
    """Names, groups and globs."""
    return click.argument("names", metavar="NAME...", nargs=-1, required=required, shell_complete=complete_names)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/reference/json.md).")


class Duration(click.ParamType[float]):
    """Seconds, or a text such as 30s or 1m30s."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        from homeport.kit.durations import seconds

        try:
            return seconds(value)
        except ValueError as error:
            self.fail(f'"{value}" is no duration: {error}', param, ctx)


DURATION = Duration()


def print_json(call: Call, document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON document on one line."""
    out(call).write(json.dumps(document, ensure_ascii=False) + "\n")


def send_wish(call: Call, op: str, done: str, names: Sequence[str], *, as_json: bool, **more: Any) -> None:
    """Send a wish to the running house and say what it concerns."""
    from homeport.cli.place import client

    concerned = client(call).wish(op, names=list(names), **more)
    if as_json:
        print_json(call, {"op": op, "names": list(concerned)})
    else:
        out(call).lines([f"{done}: {', '.join(concerned) or 'everything'}"])
