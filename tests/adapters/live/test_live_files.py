"""Files that are read while somebody writes them, and what a tree of sources is."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from homeport.adapters.live.link import HelperLinks
from homeport.adapters.live.pacing import Precedence
from homeport.adapters.live.reading import digest
from homeport.adapters.live.tarred import TarLinks
from homeport.adapters.live.trees import baseline, entry_of, saved
from homeport.kit.livefiles import Entry, difference
from homeport.model.containers import Sync
from homeport.ports.cluster import Target
from homeport.ports.live import Batch, LiveLinks, NotApplied, Put, Remove, Wrote
from homeport.ports.trees import Saved
from livepods import LocalPod, PipedCommand, helper_program

POD = Target("default", "pod")


class MeddledPod(LocalPod):
    """A container on whose way somebody changes the source, once, when so many bytes have gone."""

    def __init__(self, program: Path, after: int, meddle: Callable[[], object]) -> None:
        super().__init__(program)
        self.meddle: Callable[[], object] | None = meddle
        self.left = after

    async def passing(self, command: PipedCommand, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0 and self.meddle is not None:
            meddle, self.meddle = self.meddle, None
            meddle()


@pytest.fixture(params=["helper", "tar"])
def links(request: pytest.FixtureRequest, absent: Callable[[str], NoReturn]) -> Callable[[LocalPod], LiveLinks]:
    if request.param == "tar":
        return TarLinks
    helper_program(absent)
    return lambda pod: HelperLinks(pod, Precedence())


def program() -> Path:
    return helper_program(lambda _: pytest.skip("no helper"))


class TestChangesUnderWay:
    """Nothing is acknowledged that was not written, and no mixture of two states."""

    async def test_a_large_file_that_changes_arrives_as_it_became(
        self, tmp_path: Path, links: Callable[[LocalPod], LiveLinks]
    ) -> None:
        """What was half sent is given up and sent anew; the answer tells of the bytes that are there."""
        source, root = tmp_path / "source", tmp_path / "app"
        root.mkdir()
        source.write_bytes(b"a" * 8_000_000)
        pod = MeddledPod(program(), 3_000_000, lambda: source.write_bytes(b"b" * 7_000_000))
        async with links(pod).open(POD, [str(root)]) as link:
            applied = await link.apply(Batch((Put(f"{root}/x", str(source)),)))
        assert (root / "x").read_bytes() == b"b" * 7_000_000
        assert applied.done == (Wrote(f"{root}/x", Entry(0o644, digest(b"b" * 7_000_000))),)
        assert [path.name for path in root.iterdir()] == ["x"]

    async def test_a_large_file_that_is_replaced_arrives_whole(
        self, tmp_path: Path, links: Callable[[LocalPod], LiveLinks]
    ) -> None:
        """An editor that writes beside and renames leaves what was opened as it was, one whole state."""
        source, root = tmp_path / "source", tmp_path / "app"
        root.mkdir()
        source.write_bytes(b"a" * 8_000_000)
        (tmp_path / "new").write_bytes(b"b" * 8_000_000)
        pod = MeddledPod(program(), 3_000_000, lambda: os.replace(tmp_path / "new", source))
        async with links(pod).open(POD, [str(root)]) as link:
            applied = await link.apply(Batch((Put(f"{root}/x", str(source)),)))
        there = (root / "x").read_bytes()
        assert there in {b"a" * 8_000_000, b"b" * 8_000_000}
        assert applied.done == (Wrote(f"{root}/x", Entry(0o644, digest(there))),)

    async def test_a_file_that_cannot_be_read_is_named(
        self, tmp_path: Path, links: Callable[[LocalPod], LiveLinks]
    ) -> None:
        """The others are written all the same."""
        root = tmp_path / "app"
        root.mkdir()
        (tmp_path / "loop").mkdir()
        unreadable = "/proc/self/mem"
        async with links(LocalPod(program())).open(POD, [str(root)]) as link:
            with pytest.raises(NotApplied) as raised:
                await link.apply(Batch((Put(f"{root}/x", unreadable), Put(f"{root}/y", b"y"))))
        assert raised.value.path == f"{root}/x"
        assert unreadable in raised.value.what
        assert [done.path for done in raised.value.done] == [f"{root}/y"]

    async def test_what_is_no_file_is_passed_over(self, tmp_path: Path, links: Callable[[LocalPod], LiveLinks]) -> None:
        """A pipe among the sources holds nobody up: there is nothing of it in the container."""
        root = tmp_path / "app"
        root.mkdir()
        os.mkfifo(tmp_path / "pipe")
        async with links(LocalPod(program())).open(POD, [str(root)]) as link:
            applied = await link.apply(Batch((Put(f"{root}/x", str(tmp_path / "pipe")),)))
        assert applied.done == (Remove(f"{root}/x"),)


class TestTrees:
    """What the sources are."""

    def test_a_baseline_holds_what_the_rules_cover(self, tmp_path: Path) -> None:
        """Every file by its place in the container, less what is ignored, litter, or left out of git."""
        for name in ("a.py", "b.py~", "sub/c.py", "sub/c.map", "out/d.py", "web/e.js", ".gitignore"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("out/" if name == ".gitignore" else name)
        (tmp_path / "a.py").chmod(0o755)
        (tmp_path / "l").symlink_to("a.py")
        rules = (Sync(f"{tmp_path}", "/app", ("*.map",)), Sync(f"{tmp_path}/web", "/www"))
        found = baseline((*rules, Sync(f"{tmp_path}/a.py", "/bin/a")))
        assert sorted(found) == ["/app/.gitignore", "/app/l", "/app/sub/c.py", "/bin/a", "/www/e.js"]
        assert found["/bin/a"] == Entry(0o755, digest(b"a.py"))
        assert found["/app/l"] == Entry(0o777, b"", "a.py")

    def test_a_difference_is_what_was_saved(self, tmp_path: Path) -> None:
        """Two looks at the sources differ in what was written, made executable and removed meanwhile."""
        for name in "abcd":
            (tmp_path / name).write_text(name)
        rules = (Sync(str(tmp_path), "/app"),)
        before = baseline(rules)
        (tmp_path / "a").write_text("other")
        (tmp_path / "b").chmod(0o755)
        (tmp_path / "c").unlink()
        assert difference(before, baseline(rules)) == (("/app/c",), ("/app/a", "/app/b"))
        news = saved(rules, [f"{tmp_path}/a", f"{tmp_path}/c", str(tmp_path), "/elsewhere"])
        entry = entry_of(f"{tmp_path}/a")
        assert entry is not None
        assert news == {"/app/a": Saved(entry, b"other"), "/app/c": None}
