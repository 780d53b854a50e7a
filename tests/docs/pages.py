"""The pages of the documentation and what stands in them: code blocks, the files they declare, links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("examples/*/*.md")]
)

_BLOCK = re.compile(
    r"^<!-- hidden file: (?P<hidden>\S+)\n(?P<content>.*?)^-->$"
    r"|(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, or a hidden file.

    `mark` is the comment on the line above: `file: NAME` (it is saved under that name), `terminal: NAME` (it is what that
    terminal shows), `exits: CODE` (its last command ends with that code), `not run`.
    """

    page: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def file(self) -> str | None:
        """The name under which a reader saves it."""
        return self._marked("file")

    @property
    def terminal(self) -> str | None:
        """The other terminal in which it is to be seen."""
        return self._marked("terminal")

    @property
    def exits(self) -> int:
        """The exit code of its last command."""
        return int(self._marked("exits") or 0)

    def _marked(self, word: str) -> str | None:
        name, _, value = self.mark.partition(": ")
        return value if name == word and value else None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["hidden"]:
            found.append(Block(page, line, "", f"file: {match['hidden']}", match["content"]))
        else:
            found.append(Block(page, line, match["language"], match["mark"] or "", match["text"]))
    return found


def prose(page: Path) -> str:
    """Return a page without its blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def named(page: Path) -> str:
    """Return the name of a page for a test's title."""
    return str(page.relative_to(ROOT))
