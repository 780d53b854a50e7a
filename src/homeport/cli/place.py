"""Which house a command means: by the stack file above the working folder, or as it was told."""

import os
from typing import TYPE_CHECKING

from homeport.cli.call import Call

if TYPE_CHECKING:
    from homeport.client.client import Client

NAME = "stack.py"


def stack_file(call: Call) -> str:
    """Return the absolute path of the stack file. Raises ConfigError when there is none."""
    if call.file is not None:
        path = os.path.abspath(call.file)
        if os.path.isdir(path):
            path = os.path.join(path, NAME)
        if os.path.isfile(path):
            return path
        raise _mistake(f'the stack file "{call.file}" does not exist', "give -f the path of a stack file")
    start = folder = os.getcwd()
    while True:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return path
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            raise _mistake(
                f'no {NAME} in "{start}" or any folder above it',
                "`homeport init` writes one, `homeport demo` runs a sample, -f names another file",
            )


def _mistake(what: str, hint: str) -> Exception:
    from homeport.model.errors import ConfigError, Mistake

    return ConfigError([Mistake(what, hint=hint)])


class NotRunningError(Exception):
    """A command needs a running house and there is none."""


def socket_of(call: Call) -> str | None:
    """Return the socket of the house that the command means, None when it does not run."""
    told = call.environ.get("HOMEPORT_SOCKET")
    if told and call.file is None and call.instance is None:
        return told
    return None


def client(call: Call, timeout: float | None = None) -> "Client":
    """Return a client of the running house. Raises NotRunningError."""
    from homeport.client.client import Client

    path = socket_of(call)
    if path is None:
        raise NotRunningError
    return Client(path, timeout)
