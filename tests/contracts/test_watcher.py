"""What every watcher promises: the fake by what it is told, the real ones by what happens on disk."""

import asyncio
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from homeport.adapters.files import watcher
from homeport.model.parts import Files
from homeport.ports.fakes.watcher import FakeWatcher
from homeport.ports.watcher import Settled, Watch, Watcher

LIMIT = 10
"""Seconds after which a test is stuck; nothing waits for it."""
QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())


class Disk:
    """Files that a test writes, below one folder; with the fake nothing is written and the fake is told."""

    def __init__(self, root: Path, watches: Watcher) -> None:
        self.root = root
        self.watches = watches

    def path(self, name: str = "") -> str:
        return str(self.root / name) if name else str(self.root)

    def rule(self, *patterns: str, base: str = "", ignore: Sequence[str] = ()) -> list[Files]:
        return [Files(self.path(base), patterns, tuple(ignore))]

    def names(self, top: str) -> list[str]:
        """Return all files below a folder, relative to the root."""
        return [str(path.relative_to(self.root)) for path in (self.root / top).rglob("*") if path.is_file()]

    def save(self, *names: str, text: str = "saved") -> None:
        if isinstance(self.watches, FakeWatcher):
            self.watches.save(*map(self.path, names))
            return
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


class Seen:
    """What a watch has told so far."""

    def __init__(self, watch: Watch) -> None:
        self._bursts = watch.changes()
        self.matches: dict[str, set[str]] = {}
        self.overflow = False

    async def burst(self) -> Settled:
        async with asyncio.timeout(LIMIT):
            return await anext(self._bursts)

    async def until(self, path: str, rule: str = "all") -> dict[str, set[str]]:
        """Read bursts until the path was told for the rule; return all that was told since the last call."""
        while path not in self.matches.get(rule, ()):
            for name, paths in (await self.burst()).matches.items():
                self.matches.setdefault(name, set()).update(paths)
        told, self.matches = self.matches, {}
        return told

    async def overflown(self) -> Settled:
        while not (told := await self.burst()).overflow:
            pass
        return told


def made(kind: str) -> Watcher:
    return FakeWatcher() if kind == "fake" else watcher(portable=kind == "portable")


@pytest.fixture(params=["fake", "linux", "portable"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    return Disk(tmp_path.resolve(), made(request.param))


@pytest.fixture(params=["linux", "portable"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    return Disk(tmp_path.resolve(), made(request.param))


@pytest.fixture
def linux(tmp_path: Path) -> Disk:
    return Disk(tmp_path.resolve(), made("linux"))


class TestMatching:
    """Which rules are told of a save."""

    async def test_a_save_is_told_to_the_rules_that_match_it(self, disk: Disk) -> None:
        """Each rule learns of its own files by absolute path, and other rules of nothing."""
        disk.save("api/main.py", "web/app.ts")
        rules = {"api": disk.rule("api/**/*.py"), "web": disk.rule("*.ts", base="web"), "all": disk.rule("**")}
        async with disk.watches.watch(rules) as watch:
            seen = Seen(watch)
            disk.save("api/main.py")
            assert await seen.until(disk.path("api/main.py")) == {
                "api": {disk.path("api/main.py")},
                "all": {disk.path("api/main.py")},
            }

    async def test_litter_and_own_ignores_are_left_out(self, disk: Disk) -> None:
        """Installed packages, caches, editor files and what the rule ignores never count."""
        async with disk.watches.watch({"all": disk.rule("**", ignore=("gen/", "*.tmp"))}) as watch:
            seen = Seen(watch)
            names = ["node_modules/x.js", "a/__pycache__/m.pyc", ".git/HEAD", ".venv/bin/x", "a/.m.py.swp", "4913"]
            disk.save(*names, "m.py~", ".#m.py", "#m.py#", "m.py___jb_tmp___", "gen/x.py", "a/gen/y.py", "b.tmp")
            disk.save("kept.py")
            assert await seen.until(disk.path("kept.py")) == {"all": {disk.path("kept.py")}}

    async def test_paths_of_a_burst_are_sorted(self, disk: Disk) -> None:
        """Saves that settle together come as one burst with sorted paths."""
        async with disk.watches.watch({"all": disk.rule("**")}) as watch:
            seen = Seen(watch)
            disk.save("b", "c", "a")
            told = (await seen.burst()).matches["all"]
            assert told == tuple(sorted(told))

    async def test_a_pattern_taken_back_does_not_count(self, disk: Disk) -> None:
        """A later pattern with an exclamation mark takes files out again."""
        async with disk.watches.watch({"all": disk.rule("*.py", "!tests/", "**/done")}) as watch:
            seen = Seen(watch)
            disk.save("tests/test_a.py", "a.py", "done")
            assert await seen.until(disk.path("done")) == {"all": {disk.path("a.py"), disk.path("done")}}

    async def test_what_is_named_exactly_is_meant(self, disk: Disk) -> None:
        """A rule that names a file or folder outright gets it although it usually does not count."""
        rules = {"one": disk.rule("/.git/HEAD"), "all": disk.rule("/node_modules/mine/**")}
        async with disk.watches.watch(rules) as watch:
            seen = Seen(watch)
            disk.save(".git/HEAD", "node_modules/mine/a.js")
            told = await seen.until(disk.path("node_modules/mine/a.js"))
            told.update(told if "one" in told else await seen.until(disk.path(".git/HEAD"), "one"))
            assert told["one"] == {disk.path(".git/HEAD")}


class TestSaving:
    """What counts as a save on disk."""

    async def test_a_rename_over_a_file_is_a_change_of_the_file(self, real: Disk) -> None:
        """Editors write beside and rename: the target changed."""
        real.save("main.py")
        async with real.watches.watch({"all": real.rule("main.py")}) as watch:
            seen = Seen(watch)
            real.save("main.py.new", text="better")
            os.replace(real.path("main.py.new"), real.path("main.py"))
            assert await seen.until(real.path("main.py")) == {"all": {real.path("main.py")}}

    @pytest.mark.parametrize("editor", ["vim", "jetbrains", "emacs", "gnome"])
    async def test_one_save_of_an_editor_is_one_file(self, real: Disk, editor: str) -> None:
        """Of what an editor writes, moves and removes around a save, the rules see the saved file alone."""
        real.save("main.py")
        async with real.watches.watch({"all": real.rule("**")}) as watch:
            seen = Seen(watch)
            save_like(editor, real)
            real.save("last")
            assert await seen.until(real.path("last")) == {"all": {real.path("main.py"), real.path("last")}}

    async def test_touches_and_removals_are_changes(self, real: Disk) -> None:
        """A new time stamp, and a file that goes, are told like a save."""
        real.save("a.py", "b.py")
        async with real.watches.watch({"all": real.rule("*.py")}) as watch:
            seen = Seen(watch)
            os.utime(real.path("a.py"), (1, 1))
            await seen.until(real.path("a.py"))
            os.unlink(real.path("b.py"))
            await seen.until(real.path("b.py"))

    async def test_files_made_with_their_folders_are_never_lost(self, real: Disk) -> None:
        """Everything written in the moment in which its folders are made is told, however deep."""
        names = [f"new{i}/a/b/c/file.py" for i in range(30)]
        async with real.watches.watch({"all": real.rule("*.py")}) as watch:
            seen = Seen(watch)
            real.save(*names)
            for name in names:
                while real.path(name) not in seen.matches.get("all", ()):
                    for rule, paths in (await seen.burst()).matches.items():
                        seen.matches.setdefault(rule, set()).update(paths)

    async def test_a_folder_moved_in_is_read(self, real: Disk) -> None:
        """The files of a folder that is moved into the tree are told, and so are later saves in it."""
        real.save("outside/deep/a.py")
        (real.root / "src").mkdir()
        async with real.watches.watch({"all": real.rule("*.py", base="src")}) as watch:
            seen = Seen(watch)
            os.rename(real.path("outside"), real.path("src/inside"))
            await seen.until(real.path("src/inside/deep/a.py"))
            real.save("src/inside/deep/b.py")
            await seen.until(real.path("src/inside/deep/b.py"))

    async def test_a_folder_moved_away_is_told(self, real: Disk) -> None:
        """The rules learn of a folder that left, though its files have no event of their own."""
        real.save("src/pkg/a.py", "away/x")
        async with real.watches.watch({"all": real.rule("**", base="src")}) as watch:
            seen = Seen(watch)
            os.rename(real.path("src/pkg"), real.path("away/pkg"))
            await seen.until(real.path("src/pkg"))


def save_like(editor: str, disk: Disk) -> None:
    """Save ``main.py`` with the steps that an editor takes."""
    main = disk.path("main.py")
    match editor:
        case "vim":
            disk.save("4913", ".main.py.swp", ".main.py.swx")
            os.unlink(disk.path("4913"))
            os.unlink(disk.path(".main.py.swx"))
            os.rename(main, main + "~")
            disk.save("main.py", text="new")
            os.unlink(main + "~")
            os.unlink(disk.path(".main.py.swp"))
        case "jetbrains":
            disk.save("main.py___jb_tmp___", text="new")
            os.rename(main, main + "___jb_old___")
            os.rename(main + "___jb_tmp___", main)
            os.unlink(main + "___jb_old___")
        case "emacs":
            os.symlink("me@here.1:2", disk.path(".#main.py"))
            disk.save("#main.py#")
            os.rename(main, main + "~")
            disk.save("main.py", text="new")
            os.unlink(disk.path("#main.py#"))
            os.unlink(disk.path(".#main.py"))
        case "gnome":
            disk.save(".goutputstream-A1B2C3", text="new")
            os.rename(disk.path(".goutputstream-A1B2C3"), main)


class TestRoots:
    """Folders in which rules begin come and go."""

    @pytest.mark.parametrize("pattern", ["/deep/er/.env", "/deep/er/**", "/deep/**/.env"])
    async def test_a_root_that_does_not_exist_yet_is_awaited(self, real: Disk, pattern: str) -> None:
        """Files below a folder that appears later are told, and every later save too."""
        async with real.watches.watch({"all": real.rule(pattern)}) as watch:
            seen = Seen(watch)
            real.save("deep/er/.env")
            await seen.until(real.path("deep/er/.env"))
            real.save("deep/er/.env", text="again")
            await seen.until(real.path("deep/er/.env"))

    async def test_a_root_may_go_and_come_back(self, real: Disk) -> None:
        """After the root was removed and made again its files are seen as before."""
        real.save("src/a.py")
        async with real.watches.watch({"all": real.rule("**", base="src")}) as watch:
            seen = Seen(watch)
            shutil.rmtree(real.path("src"))
            await seen.until(real.path("src/a.py"))
            real.save("src/new/b.py")
            await seen.until(real.path("src/new/b.py"))
            real.save("src/new/c.py")
            await seen.until(real.path("src/new/c.py"))

    async def test_a_root_in_use_may_be_replaced(self, real: Disk) -> None:
        """A root that some program still works in is let go when another takes its name."""
        real.save("src/a.py", "next/b.py")
        held = os.open(real.path("src"), os.O_RDONLY)
        try:
            async with real.watches.watch({"all": real.rule("**", base="src")}) as watch:
                seen = Seen(watch)
                shutil.rmtree(real.path("src"))
                os.rename(real.path("next"), real.path("src"))
                await seen.until(real.path("src/b.py"))
                real.save("src/c.py")
                await seen.until(real.path("src/c.py"))
        finally:
            os.close(held)

    async def test_paths_keep_the_name_of_a_linked_root(self, real: Disk) -> None:
        """A root that is a link is followed, and its files are told under the name that the rule has."""
        real.save("real/a.py")
        os.symlink(real.path("real"), real.path("link"))
        async with real.watches.watch({"all": real.rule("**", base="link")}) as watch:
            seen = Seen(watch)
            real.save("real/a.py", text="new")
            assert await seen.until(real.path("link/a.py")) == {"all": {real.path("link/a.py")}}

    async def test_a_link_that_is_turned_elsewhere_is_followed(self, real: Disk) -> None:
        """A root that is a link is seen anew when the link is exchanged, as deployments do."""
        real.save("v1/a.py", "v2/a.py")
        os.symlink(real.path("v1"), real.path("current"))
        async with real.watches.watch({"all": real.rule("**", base="current")}) as watch:
            seen = Seen(watch)
            os.symlink(real.path("v2"), real.path("next"))
            os.replace(real.path("next"), real.path("current"))
            await seen.until(real.path("current/a.py"))
            real.save("v2/b.py")
            await seen.until(real.path("current/b.py"))

    async def test_a_linked_file_is_followed(self, real: Disk) -> None:
        """A rule for one file that is a link learns of saves of what it leads to."""
        real.save("shared/settings.env")
        os.symlink(real.path("shared/settings.env"), real.path(".env"))
        async with real.watches.watch({"all": real.rule("/.env")}) as watch:
            seen = Seen(watch)
            real.save("shared/settings.env", text="new")
            assert await seen.until(real.path(".env")) == {"all": {real.path(".env")}}


class TestGit:
    """What git says and does."""

    async def test_gitignore_files_count_at_every_level_up_to_the_repository(self, real: Disk) -> None:
        """Lines above the base and below it hold, deeper ones win, and the repository's root is the end."""
        real.save(".gitignore", text="*.py\n")
        real.save("repo/.git/HEAD", "repo/app/src/x")
        real.save("repo/.gitignore", text="*.log\n/app/out/\n")
        real.save("repo/app/src/.gitignore", text="!keep.log\n")
        async with real.watches.watch({"all": real.rule("**", base="repo/app")}) as watch:
            seen = Seen(watch)
            real.save("repo/app/a.log", "repo/app/out/a.py", "repo/app/src/a.py", "repo/app/src/keep.log")
            real.save("repo/app/last")
            assert await seen.until(real.path("repo/app/last")) == {
                "all": {real.path(f"repo/app/{name}") for name in ("src/a.py", "src/keep.log", "last")}
            }

    async def test_a_changed_gitignore_holds_from_then_on(self, real: Disk) -> None:
        """Folders that are not ignored any more are watched, and ignored ones no longer told."""
        real.save("out/a.py", "src/a.py")
        real.save(".gitignore", text="out/\n")
        async with real.watches.watch({"all": real.rule("**")}) as watch:
            seen = Seen(watch)
            real.save(".gitignore", text="src/\n")
            await seen.until(real.path(".gitignore"))
            real.save("src/b.py", "out/b.py")
            assert await seen.until(real.path("out/b.py")) == {"all": {real.path("out/b.py")}}

    async def test_a_folder_brings_its_own_gitignore(self, real: Disk) -> None:
        """A folder that takes the place of another is read by its own lines, not by those of the one before."""
        real.save("tree/pkg/.gitignore", text="*.py\n")
        real.save("next/.gitignore", text="*.log\n")
        real.save("tree/pkg/a.py", "next/a.py", "next/a.log")
        async with real.watches.watch({"all": real.rule("**", base="tree")}) as watch:
            seen = Seen(watch)
            os.rename(real.path("tree/pkg"), real.path("gone"))
            os.rename(real.path("next"), real.path("tree/pkg"))
            told = await seen.until(real.path("tree/pkg/a.py"))
            assert real.path("tree/pkg/a.log") not in told["all"]

    async def test_a_burst_waits_for_gits_lock(self, real: Disk) -> None:
        """While git holds the index lock nothing is told; afterwards all of it comes at once."""
        real.save(".git/HEAD", "a.py", "b.py")
        lock = real.root / ".git" / "index.lock"
        async with real.watches.watch({"all": real.rule("*.py")}) as watch:
            seen = Seen(watch)
            lock.touch()
            real.save("a.py")
            loop = asyncio.get_running_loop()
            loop.call_later(0.15, real.save, "b.py")
            loop.call_later(0.3, lock.unlink)
            assert (await seen.burst()).matches == {"all": (real.path("a.py"), real.path("b.py"))}
            assert not lock.exists()

    async def test_the_lock_of_a_worktree_is_found(self, real: Disk) -> None:
        """In a worktree ``.git`` is a file that names the folder with the lock."""
        real.save("main/.git/worktrees/two/HEAD", "two/a.py")
        real.save("two/.git", text="gitdir: ../main/.git/worktrees/two\n")
        lock = real.root / "main/.git/worktrees/two/index.lock"
        async with real.watches.watch({"all": real.rule("**", base="two")}) as watch:
            seen = Seen(watch)
            lock.touch()
            real.save("two/a.py")
            asyncio.get_running_loop().call_later(0.2, lock.unlink)
            await seen.burst()
            assert not lock.exists()

    async def test_a_lock_left_by_a_dead_git_holds_nothing_back(self, real: Disk) -> None:
        """A lock older than the limit is taken for litter, and so is one from a time that the clock was set back from."""
        real.save(".git/HEAD", ".git/index.lock", "a.py")
        for touched in (1, time.time() + 86400):
            os.utime(real.path(".git/index.lock"), (touched, touched))
            async with real.watches.watch({"all": real.rule("*.py")}) as watch:
                seen = Seen(watch)
                real.save("a.py")
                await seen.until(real.path("a.py"))


class TestSettling:
    """Bursts."""

    async def test_bursts_that_nobody_fetched_come_as_one(self, disk: Disk) -> None:
        """A slow reader gets all matches, together."""
        async with disk.watches.watch({"all": disk.rule("**"), "two": disk.rule("b")}) as watch:
            seen = Seen(watch)
            disk.save("a")
            await seen.until(disk.path("a"))
            disk.save("b")
            disk.save("c")
            told = await seen.until(disk.path("c"))
            assert told["two"] == {disk.path("b")}

    async def test_saves_without_pause_are_told_within_the_limit(self, real: Disk) -> None:
        """A stream of saves that never pauses does not keep a burst open for ever."""
        async with real.watches.watch({"all": real.rule("**")}) as watch:
            seen = Seen(watch)
            ticking = Ticking(real)
            try:
                await seen.burst()
            finally:
                ticking.stop()


class Ticking:
    """Saves a file every few milliseconds until it is stopped."""

    def __init__(self, disk: Disk) -> None:
        self._loop = asyncio.get_running_loop()
        self._disk = disk
        self._next = self._loop.call_soon(self._tick)

    def _tick(self) -> None:
        self._disk.save("busy", text=str(self._loop.time()))
        self._next = self._loop.call_later(0.003, self._tick)

    def stop(self) -> None:
        self._next.cancel()


class TestLoss:
    """Lost events."""

    async def test_an_overflow_names_all_rules_and_watching_goes_on(self, linux: Disk) -> None:
        """When the kernel's queue ran over, every rule may have changed; folders made meanwhile are watched."""
        async with linux.watches.watch({"all": linux.rule("**"), "two": linux.rule("x/*.py")}) as watch:
            seen = Seen(watch)
            for i in range(QUEUE // 2 + 10):  # without a turn of the loop: nobody reads meanwhile
                os.close(os.open(linux.path(f"{i}"), os.O_CREAT | os.O_WRONLY))
            (linux.root / "x").mkdir()
            told = await seen.overflown()
            assert (told.matches, told.overflow) == ({"all": (), "two": ()}, True)
            assert "sudo sysctl fs.inotify.max_queued_events=" in told.hint
            linux.save("x/late.py")
            await seen.until(linux.path("x/late.py"), "two")

    async def test_the_fake_loses_events_alike(self) -> None:
        """The fake's loss looks like the real one."""
        fake = FakeWatcher()
        async with fake.watch({"all": [Files("/repo", ("**",))]}) as watch:
            fake.lose()
            assert await Seen(watch).burst() == Settled({"all": ()}, overflow=True)


class TestHistories:
    """Folders that come, go and change places in any order."""

    @pytest.mark.parametrize("seed", range(8))
    async def test_after_any_history_every_file_is_still_watched(self, real: Disk, seed: int) -> None:
        """Whatever was made, moved and removed, however fast: a save of any file is told afterwards."""
        random = Random(seed)
        (real.root / "tree").mkdir()
        async with real.watches.watch({"all": real.rule("*.py", base="tree")}) as watch:
            seen = Seen(watch)
            for _ in range(60):
                stir(real.root / "tree", random)
                if random.random() < 0.3:
                    await asyncio.sleep(0)
            real.save("tree/end.py")
            await seen.until(real.path("tree/end.py"))
            names = real.names("tree")
            real.save(*names, text="once more")
            for file in map(real.path, names):
                if file not in seen.matches.get("all", ()):
                    told = await seen.until(file)
                    seen.matches.setdefault("all", set()).update(told["all"])


def stir(tree: Path, random: Random) -> None:
    """Make, move or remove a file or folder somewhere in the tree."""
    folders = [tree, *(path for path in tree.rglob("*") if path.is_dir())]
    here, there = random.choice(folders), random.choice(folders)
    name = random.choice("abcd")
    match random.randrange(6):
        case 0 | 1:
            deep = here / name / random.choice("abcd") / random.choice("abcd")
            deep.mkdir(parents=True, exist_ok=True)
            (deep / "made.py").write_text("new")
        case 2:
            (here / f"{name}.py").write_text("saved")
        case 3 if here != tree:
            shutil.rmtree(here)
        case 4 if here != tree and not there.is_relative_to(here) and not (there / here.name).exists():
            here.rename(there / here.name)
        case 5:
            shutil.rmtree(tree)
            tree.mkdir()
            (tree / "again.py").write_text("new")
