"""The values that a stack file may know, and an error without them."""

import os
from pathlib import Path

from homeport.config.discreet import discreet
from homeport.config.hiding import hidden_by, hidden_near, hidden_said
from homeport.model.errors import ConfigError, Mistake
from homeport.model.hiding import masked
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Where

AT = Where("stack.py", 1)


def test_sources_are_read_and_none_is_made(tmp_path: Path) -> None:
    """Files, variables and settings give their values; a generated one is not made for the asking."""
    (tmp_path / ".env").write_text("TOKEN=canary-token\nMINE=canary-mine\nLEVEL=info\n")
    (tmp_path / "key").write_text("canary-file\n")
    sources = {"e": Source(environ="GIVEN"), "f": Source(file="key"), "g": Source(generate="password", file="made")}
    nodes = (Secret("s", AT, sources), EnvFile(".env", AT, ".env", secret=("MINE",)))
    found = hidden_by(nodes, str(tmp_path), {}, {"GIVEN": "canary-environ"})
    assert masked(found) == {
        "canary-environ": "e",
        "canary-file": "f",
        "canary-token": "TOKEN",
        "canary-mine": "MINE",
    }
    assert not (tmp_path / "made").exists()


def test_a_file_that_declared_nothing_is_searched_for_its_sources(tmp_path: Path) -> None:
    """What its text names, and ``.env`` files beside it, even broken ones, may stand in what it printed before it died."""
    file = tmp_path / "stack.py"
    file.write_text('stack.secret("s", environ("GIVEN"))\nstack.secret("t", file("key"))\n')
    (tmp_path / "key").write_text("canary-file\n")
    (tmp_path / ".env.local").write_text("nonsense\nexport TOKEN='canary-token'\n")
    found = hidden_near(
        str(file), {"api-token": "canary-option"}, {"GIVEN": "canary-environ", "MY_KEY": "canary-shell"}
    )
    assert set(masked(found)) == {"canary-environ", "canary-file", "canary-token", "canary-option", "canary-shell"}


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    """Only plain files are read: opening a pipe would wait for its writer."""
    os.mkfifo(tmp_path / ".env")
    assert hidden_by((EnvFile(".env", AT, ".env"),), str(tmp_path), {}, {}) == []


def test_literals_are_found_in_sources() -> None:
    """A literal that a secret name is given to, in every way to write that, and a password in a URL."""
    source = """env={"API_TOKEN": "canary-1", 'KEY': 'canary-2', "LEVEL": "info"}, password=f"canary-3", x["A_KEY"] = "canary-4"
    "postgres://me:canary-5@host" """
    assert [one.value for one in hidden_said(source, "stack.py")] == [f"canary-{n}" for n in range(1, 6)]


def test_a_caret_stands_below_the_same_words(tmp_path: Path) -> None:
    """A masked line is of another length: its columns move with it, or go where the secret itself is underlined."""
    file = str(tmp_path / "stack.py")
    source = 'f(token="canary-1234", nedes=1)'
    at = source.index("nedes") + 1
    error = ConfigError([Mistake("wrong", file, 1, at, at + 5, source), Mistake("wrong", file, 1, 12, 15, source)])
    Path(file).write_text(source)
    first, second = discreet(error, []).mistakes
    assert first.source is not None
    assert first.column is not None
    assert first.end is not None
    assert first.source[first.column - 1 : first.end - 1] == "nedes"
    assert "canary" not in f"{first} {second}"
    assert second.column is None
