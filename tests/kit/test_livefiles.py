"""Which file belongs where in a container, and what brings one state of files to another."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as some

from homeport.kit.livefiles import Difference, Entry, difference, remote_paths, roots, without


class Sync(NamedTuple):
    """A rule, as far as paths go."""

    local: str
    remote: str
    ignore: tuple[str, ...] = ()


def entry(text: str) -> Entry:
    return Entry(0o644, text.encode())


class TestPaths:
    """From a path here to a path there."""

    def test_the_longest_local_root_decides(self) -> None:
        """A rule for a folder within another's folder speaks alone for what lies in it."""
        rules = [Sync("/src/web", "/www"), Sync("/src", "/app")]
        assert [*remote_paths(rules, "/src/web/a.js")] == ["/www/a.js"]
        assert [*remote_paths(rules, "/src/webby/a.js")] == ["/app/webby/a.js"]
        assert not [*remote_paths(rules, "/other")]

    def test_a_rule_of_one_file_names_its_place(self) -> None:
        """A file may have another name there; slashes at the end of folders change nothing."""
        assert [*remote_paths([Sync("/src/dev.toml", "/etc/app.toml")], "/src/dev.toml")] == ["/etc/app.toml"]
        assert [*remote_paths([Sync("/src/", "/app/")], "/src/a/b")] == ["/app/a/b"]
        assert [*remote_paths([Sync("/src", "/")], "/src/a")] == ["/a"]

    def test_ignored_files_have_no_place(self) -> None:
        """Patterns are read as gitignore reads them; what the longest rule ignores no shorter one takes."""
        rules = [Sync("/src", "/app"), Sync("/src/web", "/www", ("*.map", "dist/", "!keep.map"))]
        assert not [*remote_paths(rules, "/src/web/a.map")]
        assert [*remote_paths(rules, "/src/web/keep.map")] == ["/www/keep.map"]
        assert not [*remote_paths(rules, "/src/web/dist/a.js")]
        assert not [*remote_paths(rules, "/src/web/dist", folder=True)]
        assert [*remote_paths(rules, "/src/a.map")] == ["/app/a.map"]

    def test_one_folder_may_lead_to_several_places(self) -> None:
        """Two rules with one local root are both meant."""
        assert sorted(remote_paths([Sync("/lib", "/a"), Sync("/lib", "/b")], "/lib/x")) == ["/a/x", "/b/x"]

    def test_roots_do_not_lie_within_each_other(self) -> None:
        """What may be written is named once."""
        rules = [Sync("/a", "/app/lib"), Sync("/b", "/app"), Sync("/c", "/apple/"), Sync("/d", "/app")]
        assert roots(rules) == ("/app", "/apple")
        assert roots([Sync("/a", "/"), Sync("/b", "/app")]) == ("/",)


class TestDifferences:
    """From one state to another."""

    def test_only_what_differs_is_named(self) -> None:
        """New and changed files are written, gone ones removed, all others left alone."""
        before = {"/a": entry("1"), "/b": entry("1"), "/c": entry("1")}
        after = {"/a": entry("1"), "/b": Entry(0o755, b"1"), "/d": entry("1")}
        assert difference(before, after) == Difference(("/c",), ("/b", "/d"))
        assert not difference(before, before)

    def test_a_folder_that_becomes_a_file_goes_first(self) -> None:
        """It is removed as a whole, also where files lie in it that no rule knows; and a file that becomes a folder, too."""
        folder, file = {"/a/x": entry("1"), "/a/y/z": entry("1")}, {"/a": entry("1")}
        assert difference(folder, file) == Difference(("/a",), ("/a",))
        assert difference(file, folder) == Difference(("/a",), ("/a/x", "/a/y/z"))

    @given(*[some.dictionaries(some.text("ab/", max_size=5).map("/r/{}".format), some.integers(0, 2))] * 2)
    def test_a_difference_leads_there(self, one: dict[str, int], other: dict[str, int]) -> None:
        """Removing and then writing what is named makes any state of real trees into any other."""
        before, after = _tree(one), _tree(other)
        state = dict(before)
        remove, write = difference(before, after)
        for path in remove:
            state = without(state, path)
        for path in write:
            assert not any(path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in state)
            state[path] = after[path]
        assert state == after


def _tree(files: dict[str, int]) -> dict[str, Entry]:
    """Keep those files that can be in one tree: no file is also a folder, no name is empty."""
    sound = {path: content for path, content in files.items() if "//" not in path and not path.endswith("/")}
    return {
        path: entry(str(content))
        for path, content in sound.items()
        if not any(each.startswith(f"{path}/") for each in sound)
    }
