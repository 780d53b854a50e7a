"""Tools: programs that are found or fetched, and put on the PATH of who uses them."""

from __future__ import annotations

from homeport.config.words import expect
from homeport.config.words.handles import Handle
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.references import Reference, token
from homeport.config.words.values import need_plain
from homeport.kit.suggest import did_you_mean


class Tool(Handle):
    """Programs that are found or fetched before who uses them starts."""

    __slots__ = ("_programs",)

    def __init__(self, name: str, programs: tuple[str, ...]) -> None:
        super().__init__(name)
        self._programs = programs

    def program(self, name: str) -> Reference:
        """The path of one of its programs.

        Args:
            name: The name of the program.
        """
        asked = need_plain(name, "name", "the name of a program")
        if self._programs and asked not in self._programs:
            note(f'the tool "{self._name}" has no program "{asked}"', hint=did_you_mean(asked, self._programs),
                 literal=asked)  # fmt: skip
        return Reference(token(self._name, f"program:{asked}"))

    @property
    def folder(self) -> Reference:
        """The path of the folder that holds its programs."""
        return Reference(token(self._name, "folder"))


def emit_tools(given: object) -> list[str]:
    """Return the data of ``tools=``."""
    found = []
    for each in expect.items(given, "tools", "tools", (Tool,)):
        if isinstance(each, Tool):
            found.append(each._name)
        else:
            wrong_type("tools", "what stack.tool() or stack.node() returns", each)
    return found
