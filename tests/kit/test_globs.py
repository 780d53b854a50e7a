"""Gitignore syntax: what lines mean, and that answers come fast."""

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.kit.globs import Glob, literal_root


@pytest.mark.parametrize(
    ("lines", "covered", "not_covered"),
    [
        (["*.py"], ["a.py", "x/y/a.py", "pkg.py/data"], ["a.pyc", "py"]),
        (["src/"], ["src/a", "x/src/a"], ["src", "srcs/a"]),
        (["/src/*.py"], ["src/a.py"], ["x/src/a.py", "src/x/a.py"]),
        (["src/**/*.py"], ["src/a.py", "src/x/y/a.py"], ["a.py"]),
        (["./src/a.py"], ["src/a.py"], ["x/src/a.py"]),
        (["."], ["a", "x/y"], []),
        (["**", "!*.md", "keep.md"], ["a", "x/keep.md"], ["x/b.md"]),
        (["a[0-9].txt", r"\!x"], ["a1.txt", "!x"], ["ab.txt"]),
        (["# remark", "", "b"], ["b"], ["# remark"]),
        ([], [], ["a"]),
    ],
)
def test_lines_cover_files(lines: list[str], covered: list[str], not_covered: list[str]) -> None:
    """A file counts when it or a folder above it is named, and the last line that speaks of it decides."""
    compiled = Glob(lines)
    assert [path for path in covered if not compiled.covers(path)] == []
    assert [path for path in not_covered if compiled.covers(path)] == []


@pytest.mark.parametrize(
    ("line", "root", "whole"),
    [
        ("*.py", "", False),
        ("stack.py", "", False),
        ("/stack.py", "stack.py", True),
        ("src/**/*.py", "src", False),
        ("src/app/", "src/app", True),
        ("src/", "", False),
        ("./a/b*/c", "a", False),
        ("**/x/y", "", False),
    ],
)
def test_a_line_has_a_literal_root(line: str, root: str, whole: bool) -> None:
    """What stands before the first wildcard of an anchored line is the only place in which it can match."""
    assert literal_root(line) == (root, whole)


NAMES = st.sampled_from(["a", "b", "src", "x.py", "y.md", "a.b"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
WORDS = st.sampled_from(["a", "b", "src", "*.py", "*.md", "x.*", "**", "*", "?", "[ab]", "a.b"])
LINES = st.builds(
    lambda sign, start, words, end: sign + start + "/".join(words) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
).filter(lambda line: not line.endswith("/**/"))  # "all folders below": pathspec reads it as "all below"


@settings(max_examples=60)
@given(lines=st.lists(LINES, min_size=1, max_size=5), paths=st.sets(PATHS, min_size=1, max_size=12))
def test_ignoring_is_what_git_does(tmp_path_factory: pytest.TempPathFactory, lines: list[str], paths: set[str]) -> None:
    """Of the files of a tree exactly those are left out that git leaves out."""
    root = tmp_path_factory.mktemp("repo")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    files = sorted(path for path in paths if not any(other.startswith(path + "/") for other in paths))
    for path in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    (root / ".gitignore").write_text("\n".join(lines) + "\n")
    assert {path for path in files if Glob(lines).excludes(path)} == ignored_by_git(root, files)


def ignored_by_git(root: Path, files: list[str]) -> set[str]:
    told = subprocess.run(
        ["git", "-C", str(root), "ls-files", "--others", "--ignored", "--exclude-per-directory=.gitignore", "-z"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return set(told.split("\0")) & set(files)


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(LINES, max_size=5), path=PATHS)
def test_the_short_cut_changes_no_answer(lines: list[str], path: str) -> None:
    """Looking for literal texts first never loses a match: the lines one by one say the same."""
    said = False
    for line in lines:
        if Glob([line.removeprefix("!")]).covers(path):
            said = not line.startswith("!")
    assert Glob(lines).covers(path) == said


def test_ten_thousand_paths_meet_a_hundred_rules_quickly() -> None:
    """A branch switch of 10,000 files is matched against 100 different rules of one base in well under two seconds."""
    rules = [Glob([f"svc{i}_*.py", f"*.ext{i}"]) for i in range(100)]
    paths = [f"some/folder{i % 97}/deeper/svc{i % 120}_{i}.py" for i in range(10_000)]
    start = time.process_time()
    found = sum(rule.covers(path) for path in paths for rule in rules)
    assert found == sum(i % 120 < 100 for i in range(10_000))
    assert time.process_time() - start < 2
