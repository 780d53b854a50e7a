"""The guardian's life: obey frames, report endings, and when Homeport is gone end everything."""

import os
import select
import signal
import time
from contextlib import suppress

from .bell import hush, ring_at_children
from .ending import LONGEST_PAUSE, Sight, ask, press, send, send_group
from .frames import Frame
from .launch import FIRST_PAUSE, Launch, mark_of
from .linux import LinuxSight
from .portable import PortableSight
from .removing import Promise, Removal, promise_in
from .spawn import SpawnError, spawn
from .wire_end import WireEnd

LAST_GRACE = 3.0
"""Seconds that everything has for a clean stop when Homeport is gone, unless it said otherwise; then it is killed."""

IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP, signal.SIGPIPE)
BLIND_LIMIT = 10.0
"""Seconds after which the guardian gives up when this machine lets it see no processes at all."""

BLANK_LOOKS = 20, 3
"""Looks that must see nobody while a group has members, before and after it was killed: a chain of forks hides between two
looks, but zombies that nobody collects are members for ever."""

INHERITED_LOOKS = 8
"""The same for launches of a former guardian, whose members are no children of ours: they may never have been seen at all."""

STOCK_PAUSE = 2.0
"""Seconds between two looks at who was adopted, of which the kernel tells us nothing either."""

INHERITED_PAUSE = 0.25
"""Seconds between looks at commands of a former guardian, of which the kernel tells us nothing."""


class Guardian:
    """Starts commands and ends them."""

    def __init__(self, fd: int, sight: Sight) -> None:
        self._wire = WireEnd(fd)
        self._sight = sight
        self._launches: dict[bytes, Launch] = {}
        self._by_pid: dict[int, Launch] = {}
        self._next_look = 0.0
        self._seen = True
        self._bell = ring_at_children()
        self._grace = LAST_GRACE
        self._finishing = False
        self._next_stock = 0.0
        self._told: set[tuple[int, int]] = set()
        self._promises: dict[bytes, Promise] = {}
        self._removals: list[Removal] = []

    def run(self) -> None:
        """Serve until Homeport is gone and nothing is left."""
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        while not (self._wire.ended or self._finishing):
            self._turn(poll, self._pause())
            self._take_stock()
        try:
            self._last_will(poll)
        except Exception:  # whatever it is: nobody comes after us, so the plainest way must do
            self._slaughter()
            raise

    def _turn(self, poll: select.poll, pause: float | None) -> None:
        """Wait for news, for at most ``pause`` milliseconds, and do what is due."""
        if self._wire.ended:
            with suppress(KeyError):
                poll.unregister(self._wire.fd)
        else:
            poll.register(self._wire.fd, select.POLLIN | (select.POLLOUT if self._wire.full else 0))
        events = dict(poll.poll(pause))
        if self._bell in events:
            hush(self._bell)
        if self._wire.fd in events and not self._wire.ended:
            self._wire.flush()
            self._obey(self._wire.receive())
        self._reap()
        self._look_after_heirs()
        self._press_on()

    def _pause(self) -> float | None:
        """Return the milliseconds until something is due without news (None: nothing is)."""
        now = time.monotonic()
        pauses = [launch.due - now for launch in self._launches.values() if launch.due is not None]
        if any(launch.inherited and launch.alive for launch in self._launches.values()):
            pauses.append(self._next_look - now)
        if self._sight.adopts:
            pauses.append(self._next_stock - now)
        return max(min(pauses), 0) * 1000 if pauses else None

    def _obey(self, frames: list[Frame]) -> None:
        """Do what the frames say; endings that arrive together share one look at the processes."""
        endings: list[tuple[Launch, int, float]] = []
        for frame in frames:
            if frame[0] == b"spawn":
                self._spawn(frame)
            elif frame[0] == b"end" and (launch := self._launches.get(frame[1])):
                endings.append((launch, int(frame[2]), int(frame[3]) / 1000))
            elif frame[0] == b"adopt":
                launch = Launch(frame[1], int(frame[2]), int(frame[3]), int(frame[4]), frame[6], inherited=True)
                launch.alive = frame[5] == b"1"
                self._launches[launch.id] = launch
            elif frame[0] == b"grace":
                self._grace = int(frame[1]) / 1000
                if self._finishing:
                    endings += self._everything()
                    self._hurry_removals()
            elif frame[0] == b"finish":
                self._finishing = True
            elif frame[0] == b"ping":
                self._wire.send(b"pong")
            elif frame[0] == b"promise":
                self._promises[frame[1]] = promise_in(frame)
            elif frame[0] == b"release":
                self._promises.pop(frame[1], None)
        self._end(endings)

    def _hurry_removals(self) -> None:
        for removal in self._removals:
            removal.hurry(self._grace)

    def _everything(self) -> list[tuple[Launch, int, float]]:
        """Return the ending of every launch, with the time that there is at the end."""
        return [(launch, launch.stop, self._grace) for launch in self._launches.values()]

    def _spawn(self, frame: Frame) -> None:
        """Start a command and tell its process id, or why it could not be started."""
        id_, stop, count = frame[1], int(frame[3]), int(frame[5])
        argv, environment = frame[6 : 6 + count], frame[6 + count :]
        fds = self._wire.descriptors()
        try:
            pid = spawn(argv, frame[4], dict(e.split(b"=", 1) for e in environment), fds, tty=frame[2] == b"1")
        except SpawnError as error:
            self._wire.send(b"failed", id_, error.number, error.what, error.path)
            return
        finally:
            for fd in fds:
                os.close(fd)
        launch = Launch(id_, pid, self._sight.start_of(pid), stop, mark_of(environment))
        for other in self._launches.values():
            if other.pid == pid:
                other.pid = -1  # it ended by itself, and its number has been given away
        self._launches[id_] = self._by_pid[pid] = launch
        self._wire.send(b"started", id_, pid, launch.start)

    def _end(self, endings: list[tuple[Launch, int, float]]) -> None:
        """Begin to end launches, or hurry their endings."""
        # Who leaves its parent and session from now on is known all the same.
        if fresh := [launch for launch, _, _ in endings if launch.alive and launch.deadline is None]:
            self._sight.look(fresh, self._launches)
        for launch in self._sight.ended([launch for launch, _, _ in endings if launch.inherited and launch.alive]):
            self._ended(launch, b"?")
        now = time.monotonic()
        for launch, number, grace in endings:
            if launch.deadline is None or launch.signal != number:
                launch.signal = number
                launch.asked = set()
                ask(launch, number)
            launch.deadline = min(now + grace, launch.deadline or now + grace)
            launch.due = launch.deadline if launch.alive else now

    def _reap(self) -> None:
        """Collect ended children, adopted ones silently, and report the commands among them."""
        while self._by_pid or self._sight.adopts:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if launch := self._by_pid.pop(pid, None):
                self._ended(launch, b"%d" % os.waitstatus_to_exitcode(status))

    def _look_after_heirs(self) -> None:
        """Notice ended commands of a former guardian, now and then."""
        heirs = [launch for launch in self._launches.values() if launch.inherited and launch.alive]
        now = time.monotonic()
        if not heirs or now < self._next_look:
            return
        self._next_look = now + (LONGEST_PAUSE if any(launch.deadline for launch in heirs) else INHERITED_PAUSE)
        for launch in self._sight.ended(heirs):
            self._ended(launch, b"?")

    def _ended(self, launch: Launch, code: bytes) -> None:
        launch.alive = False
        launch.pause = FIRST_PAUSE
        launch.due = None if launch.deadline is None else time.monotonic()
        self._wire.send(b"exited", launch.id, code)

    def _press_on(self) -> None:
        """Go on with every ending that is due, and report those that are complete."""
        now = time.monotonic()
        due = [launch for launch in self._launches.values() if launch.due is not None and launch.due <= now]
        self._seen = self._sight.look(due, self._launches) if due else True
        for launch in due:
            press(launch, now)
            launch.due = now + launch.pause
            launch.pause = min(launch.pause * 1.5, LONGEST_PAUSE)
            launch.blank = launch.blank + 1 if self._seen and not launch.alive and not launch.kin else 0
            if launch.blank > _enough(launch, now):
                del self._launches[launch.id]
                self._wire.send(b"gone", launch.id, *launch.asked if launch.inherited else ())

    def _take_stock(self) -> None:
        """Now and then tell who was adopted: should we and Homeport be killed at once, nothing else may tell whose it is."""
        now = time.monotonic()
        if not self._sight.adopts or now < self._next_stock:
            return
        self._next_stock = now + STOCK_PAUSE
        found = self._sight.orphans(self._launches)
        if found is not None:
            for pid, _ in self._told - found.items():
                self._wire.send(b"left", pid)
            for pid, _ in found.items() - self._told:
                self._wire.send(b"orphan", pid)
            self._told = set(found.items())

    def _last_will(self, poll: select.poll) -> None:
        """End everything: a clean stop for those who can, and no mercy after that."""
        began = time.monotonic()
        self._finishing = True
        self._removals = [Removal(promise, self._grace).begin() for promise in self._promises.values()]
        self._end(self._everything())
        asked: set[int] = set()
        while True:
            lost = self._sight.unclaimed(self._launches)
            now = time.monotonic()
            deadline = began + self._grace
            for pid in (lost or {}) if now >= deadline else (lost or {}).keys() - asked:
                send(pid, signal.SIGKILL if now >= deadline else signal.SIGTERM)
            asked |= (lost or {}).keys()
            if lost == {} and not self._launches and all(removal.over for removal in self._removals):
                self._wire.send(b"done")
                return
            if now >= deadline + BLIND_LIMIT and (lost is None or not self._seen):
                return
            self._turn(poll, min(self._pause() or 20, 20))

    def _slaughter(self) -> None:
        """Kill without any finesse."""
        for launch in self._launches.values():
            if launch.alive:
                send_group(launch.pid, signal.SIGKILL)
        deadline = time.monotonic() + BLIND_LIMIT
        while time.monotonic() < deadline:
            for pid in self._sight.unclaimed({}) or {}:
                send(pid, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return


def _enough(launch: Launch, now: float) -> int:
    """Return how many blank looks do not yet mean that nothing is left of a launch."""
    if not launch.groups:
        return INHERITED_LOOKS if launch.inherited else 0
    return BLANK_LOOKS[launch.deadline is not None and now >= launch.deadline]


def main(fd: int, *, portable: bool) -> None:
    """Be the guardian of whoever holds the other end of ``fd``."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.chdir("/")
    sight: Sight = PortableSight() if portable else LinuxSight()
    sight.prepare()
    Guardian(fd, sight).run()
    os._exit(0)  # nothing to tidy up: be gone at once
