"""Links inside the repository lead somewhere."""

import re
from pathlib import Path

import pytest
from pages import PAGES, ROOT, blocks, named, prose

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_resolve(page: Path) -> None:
    """A link names a file that is there, and a heading that is in it."""
    wrong = [target for target in LINK.findall(prose(page)) if not resolves(page, target)]
    assert not wrong


def test_every_page_can_be_reached() -> None:
    """From the README a reader comes to every page, link by link."""
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(page.parent / target.partition("#")[0]).resolve() for target in LINK.findall(prose(page))]
        ahead += [each for each in targets if each.suffix == ".md" and each.exists()]
        ahead += [each for target in targets if target.is_dir() for each in target.glob("*.md")]
    assert {named(page) for page in PAGES} <= {named(page) for page in reached}


def resolves(page: Path, target: str) -> bool:
    """Whether a link of a page leads somewhere; the rest of the world is not asked."""
    if re.match(r"[a-z]+:", target):
        return True
    path, _, heading = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not heading or heading in headings(file))


def headings(page: Path) -> set[str]:
    """Return the anchors that the headings of a page make."""
    text = page.read_text(encoding="utf-8")
    for block in blocks(page):
        text = text.replace(block.text, "")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
