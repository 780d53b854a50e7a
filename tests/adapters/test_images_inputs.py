"""The inputs of an image, read from disk."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.adapters.images.inputs import read_inputs
from homeport.model.errors import ConfigError, OutsideError
from homeport.model.parts import Files
from homeport.ports.builder import FromCommand, FromDockerfile, Inputs


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "src/empty").mkdir(parents=True)
    (root / "src/a.py").write_text("a")
    (root / "src/link").symlink_to("a.py")
    (root / "notes.md").write_text("n")
    (root / "Dockerfile").write_text("FROM busybox\nCOPY . /app\n")
    return root


def look(root: Path, **given: object) -> Inputs:
    return read_inputs(FromDockerfile(str(root / "Dockerfile"), str(root), **given))  # type: ignore[arg-type]


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda root: (root / "src/a.py").write_text("b"),
    "mode": lambda root: (root / "src/a.py").chmod(0o600),
    "name": lambda root: (root / "src/a.py").rename(root / "src/b.py"),
    "link": lambda root: ((root / "src/link").unlink(), (root / "src/link").symlink_to("b.py")),
    "empty folder": lambda root: (root / "src/empty").rmdir(),
    "folder's mode": lambda root: (root / "src/empty").chmod(0o700),
    "new file": lambda root: (root / "x").touch(),
    "Dockerfile": lambda root: (root / "Dockerfile").write_text("FROM busybox\nCOPY . /other\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_everything_that_a_build_sees_counts(tree: Path, change: str) -> None:
    """Contents, modes, names, links and empty folders of the context change the digest, and so does the Dockerfile."""
    before = look(tree).digest
    CHANGES[change](tree)
    assert look(tree).digest != before


def test_time_and_place_do_not_count(tree: Path) -> None:
    """The same files elsewhere, and touched, are the same image."""
    before = look(tree).digest
    os.utime(tree / "src/a.py", (1, 1))
    assert look(tree.rename(tree.with_name("elsewhere"))).digest == before


def test_ignored_files_do_not_count(tree: Path) -> None:
    """What .dockerignore leaves out may change; its own text and comments count for nothing."""
    (tree / ".dockerignore").write_text("*.md\n.dockerignore\n")
    before = look(tree).digest
    (tree / "notes.md").write_text("other")
    (tree / ".dockerignore").write_text("# a comment\n*.md\n.dockerignore\n")
    assert look(tree).digest == before
    (tree / ".dockerignore").write_text("*.md\n.dockerignore\n!notes.md")
    assert look(tree).digest != before


def test_the_ignore_file_of_a_dockerfile_comes_before_that_of_the_context(tree: Path, tmp_path: Path) -> None:
    """``NAME.dockerignore`` beside the Dockerfile stands for the other one, and a named one for both."""
    (tree / ".dockerignore").write_text("**")
    (tree / "Dockerfile.dockerignore").write_text("Dockerfile*\n.dockerignore\nsrc")
    by_name = look(tree).digest
    (tree / "notes.md").write_text("other")
    assert look(tree).digest != by_name
    (tmp_path / "third").write_text("*")
    nothing = look(tree, ignore=str(tmp_path / "third")).digest
    (tree / "notes.md").write_text("another")
    assert look(tree, ignore=str(tmp_path / "third")).digest == nothing


def test_only_what_is_copied_counts(tree: Path) -> None:
    """With plain sources the rest of the context may change, and a new copy of everything does count again."""
    (tree / "Dockerfile").write_text("FROM busybox\nCOPY src /app\n")
    before = look(tree)
    (tree / "notes.md").write_text("other")
    assert look(tree) == before
    (tree / "src/a.py").write_text("b")
    assert look(tree).digest != before.digest
    assert before.watch == (Files(str(tree), ("/Dockerfile",)), Files(str(tree), ("/src",)))


@pytest.mark.parametrize("source", ["to", "to/x", "links/*"])
def test_a_source_behind_a_link_counts_wherever_it_leads(tree: Path, source: str) -> None:
    """The engine follows links in what COPY names, so that the target's content counts."""
    (tree / "far").mkdir()
    (tree / "far/x").write_text("1")
    (tree / "links").mkdir()
    (tree / "links/x").symlink_to("../far/x")
    (tree / "to").symlink_to("far")
    (tree / "Dockerfile").write_text(f"FROM busybox\nCOPY {source} /app/\n")
    before = look(tree).digest
    (tree / "far/x").write_text("2")
    assert look(tree).digest != before


def test_a_source_that_is_missing_is_the_engines_to_refuse(tree: Path) -> None:
    """What is not there yet has a digest, and another one when it comes."""
    (tree / "Dockerfile").write_text("FROM busybox\nCOPY later /app\n")
    before = look(tree).digest
    (tree / "later").touch()
    assert look(tree).digest != before


def test_files_below_ignored_folders_can_be_taken_back(tree: Path) -> None:
    """A file that an ignore file takes back counts, the rest of its folder does not."""
    (tree / ".dockerignore").write_text("src\n!src/a.py")
    before = look(tree).digest
    (tree / "src/link").unlink()
    assert look(tree).digest == before
    (tree / "src/a.py").write_text("b")
    assert look(tree).digest != before


def test_mistakes_in_a_dockerfile_have_their_place(tree: Path) -> None:
    """The error has file, line, the line's text and a next step."""
    (tree / "Dockerfile").write_text("FROM busybox AS one\nRUN true\nFROM two three four\n")
    with pytest.raises(ConfigError) as caught:
        look(tree)
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line, mistake.source) == (str(tree / "Dockerfile"), 3, "FROM two three four")
    assert mistake.hint


def test_what_is_missing_is_named(tree: Path) -> None:
    """A Dockerfile, a context or an ignore file that is not there is an error with a next step."""
    for recipe, what in (
        (FromDockerfile(str(tree / "no"), str(tree)), 'Dockerfile ".*no" cannot be read'),
        (FromDockerfile(str(tree / "Dockerfile"), str(tree / "no")), 'context ".*no" of an image is not a folder'),
        (FromDockerfile(str(tree / "Dockerfile"), str(tree), ignore="/no/x"), 'ignore file "/no/x"'),
    ):
        with pytest.raises(OutsideError, match=what) as caught:
            read_inputs(recipe)
        assert caught.value.hint


def test_a_bad_ignore_file_has_its_place(tree: Path) -> None:
    """A pattern that the engine refuses is an error with the line."""
    (tree / ".dockerignore").write_text("a\n!\n")
    with pytest.raises(ConfigError, match="line 2"):
        look(tree)


def test_a_command_counts_by_its_words_and_files(tree: Path) -> None:
    """Words, environment and input files count; the folder's place does not."""

    def of(root: Path, *argv: str, **env: str) -> str:
        return read_inputs(FromCommand(argv, str(root), (Files(str(root), ("src/**",)),), env)).digest

    first = of(tree, "make")
    assert of(tree, "make", "x") != first
    assert of(tree, "make", A="1") != first
    (tree / "notes.md").write_text("other")
    moved = tree.rename(tree.with_name("elsewhere"))
    assert of(moved, "make") == first
    (moved / "src/a.py").write_text("b")
    assert of(moved, "make") != first
