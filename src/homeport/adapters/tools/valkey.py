"""Valkey: a server of this system; where there is none, Redis stands in and the answer says so."""

from collections.abc import Iterator
from dataclasses import replace

from homeport.adapters.tools import packages, path, redis
from homeport.adapters.tools.answer import Ask, Candidate, Found, Missing, choose, missing
from homeport.adapters.tools.versions import version_of

_NEEDED = ("valkey-server",)
_OPTIONAL = ("valkey-cli",)
_FOLDERS = ("/usr/sbin", *(f"{prefix}/opt/valkey*/bin" for prefix in path.BREW))


def find(ask: Ask) -> Found | Missing:
    """Take Valkey, else Redis under Valkey's names; but Redis cannot be a particular version of Valkey."""
    needed = ask.programs or _NEEDED
    answer, rejected = choose(ask, needed, _present(ask, (*needed, *_OPTIONAL)))
    if answer:
        return answer
    searched = path.described(ask.search_path, *_FOLDERS)
    command = packages.install(ask.search_path, {"": "valkey", "apt-get": "valkey-server"})
    if ask.version is not None:
        # Another product's version numbers say nothing about this one's.
        return missing(
            ask, "Valkey", [*searched, "and Redis stands in only where no version is asked for"], rejected, command
        )
    names = tuple(name.replace("valkey-", "redis-", 1) for name in ask.programs)
    redis_answer = redis.find(replace(ask, programs=names))
    if isinstance(redis_answer, Missing):
        return Missing(f"Valkey was not found, and nothing can stand in for it: {redis_answer.sentence}", command)
    renamed = {name.replace("redis-", "valkey-", 1): path for name, path in redis_answer.programs.items()}
    note = f"Redis {redis_answer.version} stands in for Valkey, which is not installed"
    return replace(redis_answer, programs=renamed, note=note)


def _present(ask: Ask, names: tuple[str, ...]) -> Iterator[Candidate]:
    for folder in (*path.folders_of(ask.search_path), *path.well_known(*_FOLDERS)):
        programs = path.present(names, folder)
        if "valkey-server" in programs:
            yield Candidate(programs, version_of(programs["valkey-server"]), "path", f"'{folder}'")
