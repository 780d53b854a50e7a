"""A launch on its way to the guardian and back."""

import os

from homeport.adapters.process.outlet import Outlet
from homeport.adapters.process.plumbing import Plumbing
from homeport.adapters.process.refusals import refusal
from homeport.guardian.frames import Frame, pack
from homeport.kit.signals import signal_number
from homeport.model.errors import Bug, OutsideError
from homeport.ports.containers import Promise
from homeport.ports.runtime import Launch, Output, Stream

MARK = "HOMEPORT_RUN"
STREAMS: tuple[Stream, Stream] = ("out", "err")


def mark_of(launch: Launch, number: int) -> bytes:
    """Return the mark of a launch; one that brings none gets a mark that no other has."""
    return os.fsencode(launch.env.get(MARK) or f"{os.getpid()}/{launch.label}/{number}")


def spawn_frame(number: int, launch: Launch, mark: bytes) -> bytes:
    """Return the frame that starts a program. Raises ValueError when something holds a NUL byte."""
    if not launch.argv:
        raise Bug(f"{launch.label}: a launch without a command")
    argv = [os.fsencode(part) for part in launch.argv]
    env = [os.fsencode(f"{name}={value}") for name, value in launch.env.items() if name != MARK]
    env.append(os.fsencode(MARK) + b"=" + mark)
    stop = signal_number(launch.stop)
    return pack(b"spawn", number, launch.tty, stop, os.fsencode(launch.cwd), len(argv), *argv, *env)


def promise_frame(promise: Promise) -> bytes:
    """Return the frame that has a container removed once we are gone."""
    name, address, certificates = (os.fsencode(text) for text in (promise.name, promise.address, promise.certificates))
    grace = round(promise.grace * 1000)
    return pack(b"promise", name, address, certificates, promise.stop.encode(), grace, promise.sure)


def outlets(plumbing: Plumbing, launch: Launch, output: Output) -> list[Outlet]:
    """Return the readers of what the program writes."""
    return [Outlet(fd, stream, output, terminal=launch.tty) for fd, stream in zip(plumbing.ours, STREAMS, strict=False)]


def refusal_in(launch: Launch, frame: Frame) -> OutsideError:
    """Return the error that a ``failed`` frame tells."""
    return refusal(launch, int(frame[2]), frame[3].decode(), os.fsdecode(frame[4]))
