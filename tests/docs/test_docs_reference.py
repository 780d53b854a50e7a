"""What programs and people may rely on is written down."""

import re
from typing import get_args

from pages import ROOT

from homeport.model.view import State

SOURCES = {file: file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py")}


def test_every_environment_variable_is_documented() -> None:
    """docs/reference/environment.md names the variables of ours in the source, and no other one."""
    used = {name for text in SOURCES.values() for name in re.findall(r"_?HOMEPORT_[A-Z_]+", text)}
    page = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")
    assert set(re.findall(r"_?HOMEPORT_[A-Z_]+", page)) == used


def test_every_variable_that_is_asked_for_is_documented() -> None:
    """What is taken from an environment by name is on the page of environment variables."""
    asked = {
        name
        for text in SOURCES.values()
        for name in re.findall(r"environ(?:\.get\(|\[)\"([A-Z][A-Z_]+)\"", text)
        if "components/launch" not in text
    }
    page = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")
    assert not {name for name in asked if f"`{name}`" not in page}


def test_every_test_variable_is_documented() -> None:
    """CONTRIBUTING.md names the variables that change what the tests do."""
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py")]
    asked = {name for text in texts for name in re.findall(r"os\.environ\.get\(\"(HOMEPORT_[A-Z_]+)\"", text)}
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not {name for name in asked if f"`{name}" not in page}


def test_every_key_of_a_reference_is_documented() -> None:
    """Each kind of key that a word makes has its row in docs/reference/references.md."""
    rooms = ("config", "components")
    words = [text for file, text in SOURCES.items() if file.relative_to(ROOT / "src/homeport").parts[0] in rooms]
    keys = {key for text in words for key in re.findall(r"token\([^,]+, f?\"(\w+)", text)}
    page = (ROOT / "docs/reference/references.md").read_text(encoding="utf-8")
    assert keys
    assert keys <= set(re.findall(r"^\| [^|]* \| `(\w+)", page, re.MULTILINE))


def test_every_state_is_explained() -> None:
    """Each state that people see has its row in docs/reference/states.md."""
    page = (ROOT / "docs/reference/states.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == set(get_args(State))
