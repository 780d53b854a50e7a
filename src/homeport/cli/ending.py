"""Ending a running house from outside, and waiting until it is gone with all that it ran."""

from collections.abc import Callable

from homeport.cli.call import Call, out
from homeport.cli.foreground import output_for
from homeport.cli.offline import instance_of
from homeport.cli.place import socket_of
from homeport.cli.watch import Watch
from homeport.client.client import Client
from homeport.client.connection import GoneError
from homeport.machine.after.ledger import accounts
from homeport.machine.instances.instance import Instance
from homeport.machine.liveness import await_ends, birth_of
from homeport.model.errors import RefusedError


def end_house(call: Call, *, kill: bool, quiet: bool) -> bool:
    """End the house that the call means and wait until all of it is gone; return whether anything ran.

    One that is just being opened is waited for; what a killed one left is ended.
    """
    say: Callable[[str], None] = (lambda _: None) if quiet else (lambda sentence: out(call).lines([sentence]))
    instance = meant(call)
    path = socket_of(call) or (_opening(instance, say) if instance is not None else None)
    name = _end(path, call, kill=kill, quiet=quiet) if path is not None else ""
    left = instance is not None and _end_leftovers(instance, say)
    if path is not None and not left:
        say(f"{name or 'the house'} has ended")
    elif not left:
        unknown = f': there is no instance "{call.instance}"' if call.instance is not None and instance is None else ""
        say(f"nothing runs here{unknown}")
    return path is not None or left


def meant(call: Call) -> Instance | None:
    """Return the instance that the call means, None when it never ran or a socket was named."""
    if call.environ.get("HOMEPORT_SOCKET") and call.file is None and call.instance is None:
        return None
    try:
        return instance_of(call)
    except RefusedError:
        return None


def _opening(instance: Instance, say: Callable[[str], None]) -> str | None:
    """Wait for a house that holds the instance and does not listen yet; return its socket, None when there is none."""
    holder = instance.running()
    if holder is None:
        return None
    from homeport.cli.meeting import answers
    from homeport.session import RunsAlready

    return holder.socket if answers(RunsAlready(instance.name, holder.socket, holder.pid), say) else None


def _end_leftovers(instance: Instance, say: Callable[[str], None]) -> bool:
    """End what a killed house left, or wait until its guardian has; whether there was such a house."""
    if not any(accounts(instance.folder)):
        return False
    from homeport.machine.after.reaping import tidy

    if tidy(instance, say) is None:
        return False
    say(f"{instance.name} was killed; all that it ran has ended")
    return True


def _end(path: str, call: Call, *, kill: bool, quiet: bool) -> str:
    """End the house behind a socket; return its name (empty: it was gone before it could tell)."""
    client = Client(path)
    try:
        frame = client.status()
        client.close(kill=kill)
    except GoneError:
        return ""
    try:
        if not quiet:
            output = output_for(out(call), bottom="ending", may_kill=False, known=frame)
            Watch(path, output, logs=False).run(lambda: False)
        _wait_for_exit(frame.pid)
    except KeyboardInterrupt:
        if not quiet:
            out(call).lines(["", f"{frame.instance} goes on ending; `homeport down --kill` ends it now."])
        raise
    return frame.instance


def _wait_for_exit(pid: int) -> None:
    # The socket closes a moment before the process ends, and the next `up` must not meet it.
    birth = birth_of(pid) if pid > 0 else None
    if birth is not None:
        await_ends([(pid, birth)])
