"""The pages about the command line are what the commands say."""

import importlib.util
from pathlib import Path
from types import ModuleType

import click
import pytest

from homeport.cli.main import COMMANDS, group

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reference() -> ModuleType:
    """The script that writes the pages."""
    spec = importlib.util.spec_from_file_location("cli_reference", ROOT / "scripts" / "cli_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_and_flag_is_documented(reference: ModuleType) -> None:
    """docs/reference/cli.md is up to date; `python scripts/cli_reference.py` writes it."""
    assert (ROOT / "docs/reference/cli.md").read_text() == reference.page()


def test_every_exit_code_is_documented(reference: ModuleType) -> None:
    """docs/reference/exit-codes.md has the table of the code."""
    assert (ROOT / "docs/reference/exit-codes.md").read_text() == reference.exit_page()


def test_everything_that_reports_has_json_and_says_what_it_prints() -> None:
    """A command with --json has a row in docs/reference/json.md."""
    page = (ROOT / "docs/reference/json.md").read_text()
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if any("--json" in parameter.opts for parameter in command.params):
            assert f"`{name}`" in page or f"`{name} -d`" in page, name
