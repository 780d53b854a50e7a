"""What is secret about a stack besides its secrets and ``.env`` files: options, literals in settings, the shell. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from homeport.kit.masking import Mask
from homeport.kit.secrecy import is_secret_name, names_of, passwords_in, why_secret
from homeport.model.errors import RefusedError
from homeport.model.nodes import Node, Option, Service, Task
from homeport.model.parts import HttpProbe
from homeport.model.values import Text, Value

SHELL = "the shell"
"""Where variables of the shell that started Homeport are said to be."""


class Hiding(Struct, frozen=True):
    """A secret value: the ``name`` that it has in ``node``, and ``why`` it is one. Never to be kept or sent."""

    node: str
    name: str
    why: str
    value: str


def hidden_in(
    nodes: Iterable[Node], options: Mapping[str, str], shell: Mapping[str, str] | None = None
) -> Iterator[Hiding]:
    """Yield the secret options (``options`` are the given values), literals, and variables of the shell."""
    for node in nodes:
        match node:
            case Option():
                yield from _option(node, options)
            case Service() | Task():
                for name, value in _named_values(node):
                    yield from _literal(node.name, name, value)
            case _:
                pass
    for name, value in (shell or {}).items():
        if is_secret_name(name) and value:
            yield Hiding(SHELL, name, "its name", value)


def masked(found: Iterable[Hiding]) -> dict[str, str]:
    """Return the strong ones by value, with the names to show instead."""
    return names_of((one.value, one.node, one.name) for one in found)


def mask_of(found: Iterable[Hiding]) -> Mask:
    """Return what hides these."""
    named = masked(found)
    return Mask(lambda: named)


def refuse_untold(values: Mapping[str, str], mask: Callable[[str], str]) -> None:
    """Refuse a secret as the value of an option whose name does not say so: it would be remembered in plain text.

    ``mask`` hides what is known to be secret. Raises RefusedError.
    """
    for name, value in values.items():
        if not why_secret(name, value) and mask(value) != value:
            raise RefusedError(
                f'the value of the option "{name}" has a secret in it, and the name does not say so',
                hint=f'rename the option in the stack file, such as "{name}-token": then its value is kept as a secret',
            )


def _option(option: Option, given: Mapping[str, str]) -> Iterator[Hiding]:
    for value in dict.fromkeys((given.get(option.name), option.default)):
        why = why_secret(option.name, value) if value else None
        if why is not None and value:
            yield Hiding(option.name, "value", why, value)


def _named_values(node: Service | Task) -> Iterator[tuple[str, Value]]:
    yield from node.env.items()
    if node.container is not None:
        yield from node.container.env.items()
        for each in node.container.companions.values():
            yield from each.env.items()
    if isinstance(node, Service):
        for probe in (node.ready, node.live):
            if isinstance(probe, HttpProbe):
                yield from probe.headers.items()


def _literal(node: str, name: str, value: Value) -> Iterator[Hiding]:
    if isinstance(value, Text):
        # Beside a reference only a password that stands in a URL is told apart from ordinary words.
        texts = [part for part in value.parts if isinstance(part, str)]
        for text in (part for part in texts if passwords_in(part)):
            yield Hiding(node, name, "a password in a URL", text)
        return
    why = why_secret(name, value) if value else None
    if why is not None:
        yield Hiding(node, name, why, value)
