"""Which files an ignore file leaves out of a build, as Docker's reference has it."""

import pytest

from homeport.kit.dockerignore import dockerignore


@pytest.mark.parametrize(
    ("text", "out", "kept"),
    [
        ("a", ["a", "a/b/c"], ["b/a", "ab"]),
        ("/a", ["a"], ["b/a"]),
        ("a/", ["a", "a/b"], ["b/a"]),
        ("./a/../b", ["b"], ["a"]),
        ("*.py", ["x.py"], ["d/x.py", "x.pyc"]),
        ("*/*.py", ["d/x.py"], ["x.py", "d/e/x.py"]),
        ("**/*.py", ["x.py", "d/x.py", "d/e/x.py", "x.py/y"], ["x.pyc"]),
        ("**/tmp", ["tmp", "a/tmp", "a/b/tmp/c"], ["atmp"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab"]),
        ("a/**/z", ["a/z", "a/b/c/z"], ["az", "a/bz/y"]),
        ("**", ["a", "a/b"], []),
        ("*", ["a", "a/b"], []),
        ("?.t[xw]t", ["a.txt", "a.twt"], ["ab.txt", "a.tzt", "/.txt"]),
        ("[a-c]", ["b"], ["d", "[a-c]"]),
        ("[^a-c]", ["d"], ["b"]),
        (r"\*.py", ["*.py"], ["x.py"]),
        ("a+b(c)|d.e{1}$^", ["a+b(c)|d.e{1}$^"], ["aab"]),
        ("# a\n \n  b  \n\ufeffc", ["b"], ["# a", "a"]),
        ("\ufeffa", ["a"], []),
        ("a\r\nb\r\n", ["a", "b"], ["a\r"]),
        ("*\n!keep", ["a", "a/keep"], ["keep", "keep/b"]),
        ("*\n! keep", ["a"], ["keep"]),
        ("!keep\n*", ["keep"], []),
        ("a\n!a/b\na/b/c", ["a", "a/b/c"], ["a/b", "a/b/d"]),
        ("**/*.md\n!README*.md\nREADME-secret.md", ["x/y.md", "README-secret.md"], ["README.md"]),
        (".\na", ["a"], ["b"]),
    ],
)
def test_table(text: str, out: list[str], kept: list[str]) -> None:
    """Each case of the rules."""
    rules = dockerignore(text)
    assert [path for path in [*out, *kept] if rules.excludes(path)] == out


@pytest.mark.parametrize("text", ["a\n!", "a[", "x\n[]"])
def test_what_the_engine_refuses_names_its_line(text: str) -> None:
    """A line that is no pattern is refused by its number."""
    with pytest.raises(ValueError, match=r"^line \d: "):
        dockerignore(text)


@pytest.mark.parametrize(
    ("text", "folder", "closed"),
    [
        ("node_modules", "node_modules", True),
        ("node_modules", "src", False),
        ("node_modules\n!node_modules/keep", "node_modules", False),
        ("node_modules\n!src/keep", "node_modules", True),
        ("node_modules\n!**/keep", "node_modules", False),
    ],
)
def test_closed_folders(text: str, folder: str, closed: bool) -> None:
    """A folder needs no look when it is left out and nothing below it is taken back."""
    assert dockerignore(text).closes(folder) is closed
