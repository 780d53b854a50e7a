"""Rules by the places that they speak of, and what never counts."""

from homeport.kit.ignores import Ignores, litter, nothing
from homeport.kit.rulebook import Rule, Rulebook


def names(book: Rulebook, path: str) -> set[str]:
    return set(book.names_for(path, Ignores(nothing, lambda _folder: False, book.bases)))


def test_rules_match_below_their_base_only() -> None:
    """The same patterns mean other files for another base."""
    book = Rulebook([Rule("a", "/repo/a", ("*.py",)), Rule("b", "/repo/b", ("*.py",)), Rule("all", "/repo", ("**",))])
    assert names(book, "/repo/a/x/y.py") == {"a", "all"}
    assert names(book, "/repo/ab/y.py") == {"all"}
    assert names(book, "/elsewhere/y.py") == set()


def test_a_path_meets_only_rules_whose_root_lies_above_it() -> None:
    """Patterns that begin with a folder are not even asked about other folders."""
    book = Rulebook(Rule(f"s{i}", "/repo", (f"services/s{i}/**/*.py",)) for i in range(500))
    assert len(book.over("/repo/services/s7/src")) == 1
    assert names(book, "/repo/services/s7/src/a.py") == {"s7"}


def test_own_ignores_hold_for_their_rule_alone() -> None:
    """What one rule ignores another may want."""
    book = Rulebook([Rule("a", "/r", ("**",), ("gen/",)), Rule("b", "/r", ("**",))])
    assert names(book, "/r/gen/x") == {"b"}


def test_the_root_of_the_machine_may_be_a_base() -> None:
    """A base of ``/`` has no special case left."""
    assert names(Rulebook([Rule("a", "/", ("etc/*.conf",))]), "/etc/x.conf") == {"a"}


def test_litter_is_told_by_its_name() -> None:
    """Swap files, backups, locks and caches are litter; files that only look alike are not."""
    files = [".a.swp", "4913", "a~", ".#a", "#a#", "a.py___jb_tmp___", "m.pyc", ".goutputstream-X1", ".DS_Store"]
    assert [name for name in files if not litter(name, False)] == []
    assert [name for name in ("a.py", "491", "a.swift", "node_modules", "#a", "gitignore") if litter(name, False)] == []
    assert [
        name for name in (".git", "node_modules", "__pycache__", ".venv", "x.egg-info") if not litter(name, True)
    ] == []


def test_the_deepest_gitignore_has_the_last_word() -> None:
    """A deeper file takes back what a higher one left out, and the search ends at the repository."""
    lines = {"/": ("*",), "/repo": ("*.log", "/out/"), "/repo/a": ("!keep.log",)}
    ignores = Ignores(lambda folder: lines.get(folder, ()), lambda folder: folder == "/repo")
    left_out = {
        path for path in ("/repo/a/x.log", "/repo/a/keep.log", "/repo/x", "/repo/out/x") if ignores.below("/repo", path)
    }
    assert left_out == {"/repo/a/x.log", "/repo/out/x"}


def test_patterns_may_climb_out_of_their_base() -> None:
    """A service in a folder of its own can name what lies beside it; its ignores climb alike."""
    book = Rulebook(
        [Rule("api", "/repo/services/api", ("src/", "../../shared/*.py", "../x"), ("../../shared/old.py",))]
    )
    paths = ["/repo/services/api/src/a", "/repo/shared/a.py", "/repo/services/x"]
    assert [path for path in paths if names(book, path) != {"api"}] == []
    assert names(book, "/repo/shared/old.py") == set()
    assert names(book, "/repo/services/api/x") == set()
