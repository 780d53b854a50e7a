"""Which house a command means: by the stack file above the working folder, or as it was told."""

import os
from typing import TYPE_CHECKING

from homeport.cli.call import Call
from homeport.cli.registry import names_of, socket_in, state_folder
from homeport.config.find import find
from homeport.machine.listening import is_heard

if TYPE_CHECKING:
    from homeport.client.client import Client


def stack_file(call: Call) -> str:
    """Return the absolute path of the stack file. Raises ConfigError when there is none."""
    return find(_working_folder(), call.file)


def _working_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        from homeport.model.errors import RefusedError

        hint = "go to another one; `homeport ps` lists what runs, `homeport --instance NAME …` reaches it"
        raise RefusedError("the working folder does not exist any more", hint=hint) from error


class NotRunningError(Exception):
    """A command needs a running house and there is none; ``name`` is the instance, when it is known."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.name = name


def socket_of(call: Call) -> str | None:
    """Return the socket of the house that the command means, None when it does not run.

    ``--instance`` alone finds an instance from anywhere; ``HOMEPORT_SOCKET`` names a socket itself.
    """
    told = call.environ.get("HOMEPORT_SOCKET")
    if told and call.file is None and call.instance is None:
        return told if is_heard(told) else None
    return next((path for path in _sockets(call) if is_heard(path)), None)


def _sockets(call: Call) -> list[str]:
    state = state_folder(call.environ)
    file = stack_file(call) if call.file is not None or call.instance is None else None
    found = [socket_in(state, name) for name in names_of(state, file, call.instance)]
    return [path for path in found if path is not None]


def client(call: Call, timeout: float | None = None) -> "Client":
    """Return a client of the running house. Raises NotRunningError."""
    from homeport.client.client import Client

    path = socket_of(call)
    if path is None:
        raise NotRunningError(_name_of(call))
    return Client(path, timeout)


def _name_of(call: Call) -> str | None:
    """Return what the house that does not run is called, when that is known. Raises ConfigError without a file."""
    if call.instance is not None or "HOMEPORT_SOCKET" in call.environ:
        return call.instance
    return next(iter(names_of(state_folder(call.environ), stack_file(call), None)), None)
