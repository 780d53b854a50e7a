"""Any program that is looked up by its name."""

import os

from homeport.adapters.tools import packages, path
from homeport.adapters.tools.answer import Ask, Candidate, Found, Missing, choose, missing
from homeport.adapters.tools.versions import version_of


def find(ask: Ask) -> Found | Missing:
    """Find every named program (the kind itself when none is named); the first one's version counts."""
    names = ask.programs or (ask.kind,)
    more = [f"{prefix}/{part}" for prefix in path.BREW for part in ("bin", "sbin")]
    folders = (*path.folders_of(ask.search_path), "/usr/sbin", "/sbin", *more)
    found = {name: where for name in names if (where := path.program(name, folders))}
    rejected: list[str] = []
    if len(found) == len(names):
        # A program whose version nobody asked for is not run: it might not know --version and do its work instead.
        version = version_of(found[names[0]]) if ask.version is not None else ""
        place = f"'{found[names[0]]}'"
        answer, rejected = choose(ask, names, [Candidate(found, version, "path", place)])
        if answer:
            return answer
    elif found:
        rejected = [f"'{os.path.dirname(place)}' has '{name}' alone" for name, place in found.items()]
    lacking = next((name for name in names if name not in found), names[0])
    command = packages.install(ask.search_path, {"": ask.kind})
    return missing(ask, f"'{lacking}'", path.described(ask.search_path, *more), rejected, command)
