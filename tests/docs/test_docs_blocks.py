"""Every code block is what it says it is."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from pages import PAGES, ROOT, Block, blocks, named, prose

from homeport.cli.main import COMMANDS, group
from homeport.config.evaluate import ChildEvaluator
from homeport.model.errors import ConfigError

BLOCKS = [block for page in PAGES for block in blocks(page)]
LANGUAGES = {"", "python", "console", "sh", "text", "json"}
STACKS = [
    block for block in BLOCKS if block.language == "python" and re.search(r"^\w+ = Stack\(", block.text, re.MULTILINE)
]
RIGHT = [block for block in STACKS if not block.text.startswith("# wrong on purpose\n")]
COMMAND = re.compile(r"(?:^|[`$&|;] ?)homeport((?: [^`\n&|;)]*)?)", re.MULTILINE)


@pytest.mark.parametrize("block", RIGHT, ids=str)
async def test_a_stack_file_is_evaluated(block: Block, tmp_path: Path) -> None:
    """Every stack file in the documentation becomes a graph, with the files of its page beside it."""
    (tmp_path / ".git").mkdir()
    for other in blocks(block.page):
        if other.file and not other.file.endswith("stack.py"):
            path = tmp_path / other.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(other.text)
    (tmp_path / "stack.py").write_text(block.text)
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in ("memcached", "nc", "npm", "python", "server"):
        (programs / program).symlink_to("/bin/sh")  # it is looked for, and never run here
    evaluator = ChildEvaluator({"PATH": f"{programs}:/usr/bin:/bin", "HOME": "/"}, sys.executable, limit=30)
    try:
        graph = await evaluator.evaluate(str(tmp_path / "stack.py"), {})
    except ConfigError as error:
        raise AssertionError(f"{block}: {error.mistakes}") from None
    assert graph.nodes


def test_stack_files_have_no_type_errors(tmp_path: Path) -> None:
    """Who copies a stack file from a page has a strict type checker on their side."""
    for block in RIGHT:
        (tmp_path / f"{block.page.stem}_{block.line}.py".replace("-", "_")).write_text(block.text)
    checker = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11", f"--cache-dir={tmp_path}/cache"]
    files = sorted(map(str, tmp_path.glob("*.py")))
    environ = {**os.environ, "MYPYPATH": str(ROOT / "src")}
    done = subprocess.run([*checker, *files], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_blocks_are_what_they_are_called(page: Path) -> None:
    """Whatever is called Python, shell or JSON can be parsed."""
    for block in blocks(page):
        match block.language:
            case "python":
                ast.parse(block.text, str(block))
            case "sh":
                done = subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True, check=False)
                assert not done.stderr, f"{block}: {done.stderr}"
            case "json":
                json.loads(block.text)


def test_every_block_has_a_test() -> None:
    """A block in a language that nothing here looks at would be a promise that nobody keeps."""
    unknown = [str(block) for block in BLOCKS if block.language not in LANGUAGES]
    assert not unknown


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_and_flags_exist(page: Path) -> None:
    """Wherever a page says `homeport …`, the command and its flags are there."""
    said = prose(page) + "\n" + "\n".join(block.text for block in blocks(page) if block.language in ("console", "sh"))
    wrong = [f"homeport{match[1]}: {what}" for match in COMMAND.finditer(said) for what in unknown(match[1].split())]
    assert not wrong


def test_hints_name_commands_that_exist() -> None:
    """A sentence of the program sends nobody to a command or flag that is not there."""
    wrong = []
    for file in (ROOT / "src").rglob("*.py"):
        for hint in re.findall(r"`homeport( [a-z][^`\n{]*)", file.read_text(encoding="utf-8")):
            wrong += [f"{file.name}: homeport{hint}: {what}" for what in unknown(hint.rstrip('"').split())]
    assert not wrong


def unknown(words: list[str]) -> list[str]:
    """Return what is not a command or a flag of it, among the words after `homeport`."""
    while words and words[0] in ("-f", "--file", "--instance"):
        words = words[2:]
    if not words or not words[0][0].isalpha() or words[0].isupper():
        return []
    if words[0] not in COMMANDS:
        return [f"no command {words[0]}"]
    command = group.get_command(click.Context(group), words[0])
    assert command is not None
    flags = {flag for parameter in command.params for flag in parameter.opts} | {"-h", "--help"}
    own = words[1 : words.index("--")] if "--" in words else words[1:]
    return [f"no flag {word}" for word in own if re.match(r"--?[a-z]", word) and word.split("=")[0] not in flags]
