"""Pages with a terminal in them are followed by the letter, with the real programs."""

from pathlib import Path

import pytest
from pages import PAGES, blocks, named
from transcript import Session

JOURNEYS = [
    page for page in PAGES if any(block.language == "console" and block.mark != "not run" for block in blocks(page))
]


@pytest.mark.parametrize("page", JOURNEYS, ids=named)
def test_a_page_does_what_it_shows(page: Path, tmp_path: Path) -> None:
    """Whoever saves a page's files and types its commands sees what it shows, and nothing runs at its end."""
    session = Session(tmp_path / "hello", tmp_path / "home")
    try:
        for block in blocks(page):
            if block.file:
                session.save(block.file, block.text)
            elif block.terminal:
                session.watch(block.terminal, block.text)
            elif block.language == "console" and block.mark != "not run":
                session.type(block.text, block.exits)
        session.type("$ homeport ps --json\n[]\n", 0)
    except AssertionError as error:
        raise AssertionError(f"{block}: {error}") from None
    finally:
        session.close()
