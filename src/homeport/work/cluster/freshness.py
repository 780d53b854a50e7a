"""How far the files in a service's pods are: of each pod, and told of all together."""

from collections.abc import Collection
from typing import Any, Final

from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Live
from homeport.model.errors import OutsideError
from homeport.model.instants import SECOND, Instant
from homeport.model.shipped import Updated
from homeport.ports.live import LiveLink
from homeport.ports.report import Report

PATIENCE: Final[Instant] = 3 * SECOND
"""So long a pod may be out of reach before that is told: the link to one that ends breaks before the news of its end come."""


class Freshness:
    """What is known of all pods together, and told of them."""

    def __init__(self, latest: Latest[Live], report: Report) -> None:
        self.owed: dict[str, dict[str, None]] = {}
        """By pod, the paths of this machine whose change has not been followed up there: commands, a restart."""
        self.outdated: set[str] = set()
        """Pods whose program began with files of before, which it may have read already."""
        self._begun: set[str] = set()
        self._latest = latest
        self._report = report
        self._fresh: dict[str, int] = {}
        self._troubles: dict[str, OutsideError] = {}
        self._lost: dict[str, Instant] = {}
        self._ended: dict[str, str] = {}
        self._shown = ""
        self._note = ""
        self._told: Updated | None = None

    def began(self, pod: str, *, behind: bool) -> None:
        """A pod was reached; whether its files are ``behind`` tells of its program when that was for the first time."""
        if behind and pod not in self._begun:
            self.outdated.add(pod)
        self._begun.add(pod)

    def fresh(self, pod: str, upto: int, shown: str) -> None:
        """A pod has the files as of these saves."""
        self._fresh[pod] = upto
        self._troubles.pop(pod, None)
        self._lost.pop(pod, None)
        self._shown = shown or self._shown
        self._tell()

    def trouble(self, pod: str, error: OutsideError) -> None:
        """A pod could not be brought up to date, for now."""
        self._troubles[pod] = error
        self._tell()

    def lost(self, pod: str, error: OutsideError, now: Instant) -> None:
        """A pod is not reached, since now or already; when it stays so, its files may be others."""
        if now - self._lost.setdefault(pod, now) >= PATIENCE:
            self.trouble(pod, error)

    def over(self, pod: str) -> None:
        """That run of a pod is done with, and so is what was wrong with it."""
        self._lost.pop(pod, None)
        self.well(pod)

    def forget(self, left: Collection[str]) -> None:
        """Forget all runs but those that are ``left``: nobody will hear of them again."""
        self._begun.intersection_update(left)
        self.outdated.intersection_update(left)
        known: tuple[dict[str, Any], ...] = self.owed, self._fresh, self._ended
        for each in known:
            for pod in each.keys() - set(left):
                del each[pod]

    def by(self, link: LiveLink) -> None:
        """Files go this way by now."""
        self._note = "" if link.helped else "saves go by tar: there is no helper in its pods"

    def well(self, pod: str) -> None:
        """That is over."""
        if self._troubles.pop(pod, None) is not None:
            self._tell()

    def ended(self, pod: str, how: str) -> None:
        """The command in a pod ended by itself (``""``: it runs again)."""
        self._ended[pod] = how
        self._tell()

    def _tell(self) -> None:
        job = self._latest.value
        there = {each.id for each in job.pods} | {""}
        fresh = {pod: upto for pod, upto in self._fresh.items() if pod in there}
        error = next((error for pod, error in self._troubles.items() if pod in there), None)
        ended = next((how for pod, how in self._ended.items() if pod in there and how), "")
        made = Updated(
            job.identity,
            min(fresh.values(), default=0),
            tuple(sorted(fresh)),
            error.what if error is not None else "",
            (error.hint or "") if error is not None else "",
            note=self._note,
            shown=self._shown,
            ended=ended,
        )
        if self._told is None or made != self._told:
            self._told = made
            self._report.put(job.key, made)
