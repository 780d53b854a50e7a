"""Ending launches: ask the group, wait, kill; then whatever is left, until nothing is."""

import os
import signal

from .launch import Launch

LONGEST_PAUSE = 0.05


class Sight:
    """A way of seeing processes: a plain base, since ``typing`` would cost a megabyte.

    ``adopts``: orphans below become our children.
    """

    adopts: bool

    def prepare(self) -> None:
        """Get ready, before the first command is started."""
        raise NotImplementedError

    def start_of(self, pid: int) -> int:
        """Return when a fresh child started (a number that tells it from a later process with the same id)."""
        raise NotImplementedError

    def ended(self, inherited: list[Launch]) -> list[Launch]:
        """Return those of a former guardian's launches whose command has ended."""
        raise NotImplementedError

    def look(self, wanted: list[Launch], everyone: dict[bytes, Launch]) -> bool:
        """Bring ``kin`` and ``groups`` of the wanted launches up to date; False when nothing could be seen just now."""
        raise NotImplementedError

    def orphans(self, everyone: dict[bytes, Launch]) -> dict[int, int] | None:
        """Return our adopted children with their start times; None when nothing could be seen just now."""
        raise NotImplementedError

    def unclaimed(self, everyone: dict[bytes, Launch]) -> dict[int, int] | None:
        """Return descendants that belong to no known launch; None when nothing could be seen just now."""
        raise NotImplementedError


def ask(launch: Launch, number: int) -> None:
    """Send a polite signal to the command's group; other groups below it are asked when their parents have gone.

    Who is asked here is not asked again: many programs take a second signal for impatience.
    """
    if launch.alive:
        launch.asked = {pid for pid in launch.kin if group_of(pid) == launch.pid}
        send_group(launch.pid, number)
        send_group(launch.pid, signal.SIGCONT)  # a stopped program hears nothing


def press(launch: Launch, now: float) -> None:
    """Do what is due for a launch that is being ended, its ``kin`` being fresh."""
    if launch.deadline is not None and now >= launch.deadline:
        if launch.alive:
            send_group(launch.pid, signal.SIGKILL)
        for pid in launch.kin:
            send(pid, signal.SIGKILL)
        for group in launch.groups:
            # Who hands on to a new process all the time is never where it was seen, but its group stays the same.
            send_group(group, signal.SIGKILL)
    elif not launch.alive:
        for pid in launch.kin.keys() - launch.asked:
            send(pid, launch.signal)
    launch.asked |= launch.kin.keys()


def send(pid: int, number: int) -> None:
    """Signal one process; it may be gone, or beyond our rights."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def send_group(pid: int, number: int) -> None:
    """Signal the group of a command that has not been reaped, so that its number cannot mean another one."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        send(pid, number)


def group_of(pid: int) -> int:
    """Return the group of a process (0: it has ended)."""
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def peopled(groups: set[int]) -> set[int]:
    """Return the groups that have members whom we may signal. The kernel knows it for certain, however they come and go."""
    return {group for group in groups if group > 1 and _has_members(group)}


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
