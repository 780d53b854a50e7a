"""RabbitMQ of this system, and the Erlang that it needs."""

import os
import re
from collections.abc import Iterator

from homeport.adapters.tools import packages, path
from homeport.adapters.tools.answer import Ask, Candidate, Found, Missing, choose, missing

_NEEDED = ("rabbitmq-server", "rabbitmqctl", "rabbitmq-plugins")
_OPTIONAL = ("rabbitmq-diagnostics",)
# Debian's programs on the PATH are wrappers that insist on a user of their own; the real ones are here.
_FOLDERS = (
    "/usr/lib/rabbitmq/bin",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    *(f"{prefix}/opt/rabbitmq/sbin" for prefix in path.BREW),
)
_ERLANG = ("/usr/lib/erlang/bin", "/usr/lib64/erlang/bin", *(f"{prefix}/opt/erlang*/bin" for prefix in path.BREW))


def find(ask: Ask) -> Found | Missing:
    """Take the first that is a whole RabbitMQ, and only together with an ``erl``."""
    needed = ask.programs or _NEEDED
    folders = path.folders_of(ask.search_path)
    erl = path.program("erl", (*folders, *path.well_known(*_ERLANG)))
    more = (os.path.dirname(erl),) if erl else ()
    answer, rejected = choose(ask, needed, _present(folders, (*needed, *_OPTIONAL), more))
    if answer and erl:
        return answer
    if answer:
        place = os.path.dirname(next(iter(answer.programs.values())))
        rejected = [f"'{place}' has it, but there is no 'erl' to run it"]
        command = packages.install(ask.search_path, {"": "erlang"})
        return missing(ask, "RabbitMQ", (), rejected, command)
    command = packages.install(ask.search_path, {"": "rabbitmq-server", "brew": "rabbitmq", "pacman": "rabbitmq"})
    return missing(ask, "RabbitMQ", path.described(ask.search_path, *_FOLDERS), rejected, command)


def _present(folders: tuple[str, ...], names: tuple[str, ...], more: tuple[str, ...]) -> Iterator[Candidate]:
    seen: set[str] = set()
    for folder in (*folders, *path.well_known(*_FOLDERS)):
        # Links lead to the folder that has the product's own scripts; Debian's wrapper lies in that folder too.
        for place in (folder, os.path.dirname(os.path.realpath(os.path.join(folder, "rabbitmq-server")))):
            script = os.path.join(place, "rabbitmq-env")
            if os.path.isfile(script) and os.path.realpath(script) not in seen:
                seen.add(os.path.realpath(script))
                yield Candidate(path.present(names, place), _version(place), "path", f"'{place}'", more)


def _version(folder: str) -> str | None:
    """Read the version off the plugin that is the server itself: asking the program would start an Erlang."""
    home = os.path.dirname(os.path.dirname(os.path.realpath(os.path.join(folder, "rabbitmq-env"))))
    try:
        entries = os.listdir(os.path.join(home, "plugins"))
    except OSError:
        return None
    found = (re.fullmatch(r"rabbit-(\d[\d.]*?)(\.ez)?", entry) for entry in entries)
    return next((match.group(1) for match in found if match), None)
