"""What the files in a service's pods should be: the sources as of the newest saves, by their paths in the container."""

import asyncio
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from homeport.aio.latest import Latest
from homeport.aio.threads import in_thread
from homeport.kit.globs import glob
from homeport.kit.livefiles import Baseline, Difference, Entry, difference, remote_paths, roots
from homeport.model.cluster_jobs import Live
from homeport.model.containers import RestartAfter, RunAfter, Sync
from homeport.model.errors import OutsideError
from homeport.model.graph import LIVE
from homeport.model.parts import Files
from homeport.ports.live import Put
from homeport.ports.trees import Saved
from homeport.work.outside import Outside

RETRY: Final = 0.5
"""Seconds until files that cannot be read are read again."""


HOLD: Final = 1.0
"""Seconds for which saved files are in memory after they were read, besides in what is being sent."""


class Sources:
    """Follows the saves. ``files`` is what should be there, as of the saves ``upto``; ``news`` turns with each change."""

    def __init__(self, latest: Latest[Live], outside: Outside) -> None:
        self.files: Baseline = {}
        self.upto = 0
        self.news = Latest(0)
        self._latest = latest
        self._outside = outside
        self._name = LIVE + (latest.value.image or latest.value.service)
        self._rules = syncs(latest.value)
        self._held: Mapping[str, Saved | None] = {}
        self._difference: tuple[Baseline, Baseline, Difference] = ({}, {}, Difference((), ()))
        self._label: tuple[Baseline, str] = ({}, label_of({}))

    @property
    def rules(self) -> Sequence[Sync]:
        """The rules that lead from a path here to one there."""
        return self._rules

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders in the container below which files are written: of a rule for one file the one that it is in."""
        folders = [posixpath.dirname(rule.remote) if rule.remote in self.files else rule.remote for rule in self._rules]
        return roots([replace(rule, remote=each) for rule, each in zip(self._rules, folders, strict=True)])

    @property
    def label(self) -> str:
        """What a container with these files is called."""
        if self._label[0] is not self.files:
            self._label = (self.files, label_of(self.files))
        return self._label[1]

    def since(self, before: Baseline) -> Difference:
        """Return what makes ``before`` into what should be there; pods of the same state share one answer."""
        if self._difference[0] is not before or self._difference[1] is not self.files:
            self._difference = (before, self.files, difference(before, self.files))
        return self._difference[2]

    def puts(self, paths: Sequence[str]) -> list[Put]:
        """Return what writes these files: with the bytes that were read for all pods where those are still at hand."""
        found = ((path, local_path(self._rules, path)) for path in paths)
        return [self._put(path, local) for path, local in found if local is not None]

    def _put(self, path: str, local: str) -> Put:
        held = self._held.get(path)
        if held is None or held.content is None or held.entry != self.files.get(path):
            return Put(path, local)
        return Put(path, held.content, held.entry.mode, held.entry.digest)

    async def read(self) -> None:
        """Look at everything once. Raises OutsideError for what cannot be read."""
        upto = self._latest.value.upto
        self.files = await in_thread(lambda: self._outside.trees.baseline(self._rules))
        self._is(upto)

    async def follow(self, told: Callable[[OutsideError | None], None]) -> None:
        """Follow the saves until cancelled; a pause collects them. ``told`` hears what could not be read, and that it was."""
        while True:
            turn, job = self._latest.turn, self._latest.value
            if job.upto > self.upto and not job.paused:
                try:
                    await self._take(job.upto)
                    told(None)
                except OutsideError as error:
                    told(error)
                    await asyncio.sleep(RETRY)
                continue
            await self._latest.after(turn)

    async def _take(self, upto: int) -> None:
        paths = self._outside.journal.between(self._name, self.upto, upto)
        if paths is None:
            self.files = await in_thread(lambda: self._outside.trees.baseline(self._rules))
        else:
            found = await in_thread(lambda: self._outside.trees.saved(self._rules, paths))
            entries = {path: None if each is None else each.entry for path, each in found.items()}
            self.files = _with(
                self.files, entries, [path for each in paths for path in remote_paths(self._rules, each)]
            )
            self._hold(found)
        self._is(upto)

    def _hold(self, found: Mapping[str, Saved | None]) -> None:
        """Have what was read at hand for a moment: whoever comes later reads for itself."""
        self._held = found

        def drop() -> None:
            if self._held is found:
                self._held = {}

        asyncio.get_running_loop().call_later(HOLD, drop)

    def _is(self, upto: int) -> None:
        self.upto = upto
        self.news.set(upto)


def _with(files: Baseline, found: Mapping[str, Entry | None], saved: Sequence[str]) -> Baseline:
    """Return the files as they are by now, of which nothing was ``found`` of what is a folder among the ``saved``."""
    made = dict(files)
    for path in saved:
        if path not in found:  # what it was before, such as a link, is gone; the folder's files have news of their own
            made.pop(path, None)
    for path, entry in found.items():
        if entry is None:
            # What is gone may have been a folder, or have become one.
            made = {each: kept for each, kept in made.items() if each != path and not each.startswith(path + "/")}
        else:
            for above in _above(path):  # a link, or a file, that is a folder by now
                made.pop(above, None)
            made[path] = entry
    return made


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path."""
    while (cut := path.rfind("/")) > 0:
        path = path[:cut]
        yield path


def syncs(job: Live) -> tuple[Sync, ...]:
    """Return the rules by which files are copied."""
    return tuple(each for each in job.rules if isinstance(each, Sync))


def local_path(rules: Sequence[Sync], remote: str) -> str | None:
    """Return the path of this machine that a path in the container is of; the rule with the longest ``remote`` decides."""
    covering = [rule for rule in rules if remote == rule.remote or remote.startswith(rule.remote.rstrip("/") + "/")]
    rule = max(covering, key=lambda each: len(each.remote), default=None)
    return None if rule is None else rule.local.rstrip("/") + remote[len(rule.remote.rstrip("/")) :]


def label_of(files: Baseline) -> str:
    """Return a short text that tells whether two containers have the same files."""
    told = blake2b(digest_size=16)
    for path in sorted(files):
        entry = files[path]
        told.update(f"{path}\0{entry.mode:o}\0{entry.link or ''}\0".encode("utf-8", "surrogateescape") + entry.digest)
    return told.hexdigest()


def concerns(rule: RunAfter | RestartAfter, paths: Sequence[str]) -> bool:
    """Whether a rule follows a change of these paths of this machine; without ``when`` it follows any."""
    return not rule.when or any(matches(files, path) for files in rule.when for path in paths)


def matches(files: Files, path: str) -> bool:
    """Whether a path of this machine is one of these files."""
    base = files.base.rstrip("/") + "/"
    below = path.removeprefix(base)
    if below == path:
        return False
    return glob(files.patterns).covers(below) and not (files.ignore and glob(files.ignore).excludes(below))
