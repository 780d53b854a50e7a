"""What is the same for all decisions about one service in a cluster."""

from homeport.model.containers import Sync
from homeport.model.nodes import Service
from homeport.model.plan import Hold
from homeport.model.rollouts import ContainerSeen, PodSeen
from homeport.model.shipped import Updated
from homeport.plan.cluster.applied import Applied


class Case(Applied, frozen=True):
    """One service in a cluster, with what is known of it.

    ``identity`` is what should be there, or a hold while that is not known.
    ``live``: whether its pods' files are kept up to date.
    """

    service: Service
    identity: str | Hold
    updated: Updated | None
    live: bool

    def is_fresh(self, pod: PodSeen) -> bool:
        """Whether a pod's files are those of the sources, where they are kept so."""
        if not self.live:
            return True
        return self.updated is not None and live_id(pod, self.service.name) in self.updated.pods

    def serving(self) -> tuple[PodSeen, ...]:
        """Return the pods that may be spoken to: ready ones, and only the newest kind once there are any."""
        found = [pod for pod in self.pods if pod.ready and not pod.leaving and self.is_fresh(pod)]
        newest = [pod for pod in found if pod.current]
        return tuple(newest or found)


def is_live(service: Service) -> bool:
    """Whether the files in a service's pods are kept up to date."""
    return service.container is not None and any(isinstance(each, Sync) for each in service.container.image.update)


def own_container(pod: PodSeen, name: str) -> ContainerSeen | None:
    """Return the container that is the service itself: the one called so, else the first that is none for initialising."""
    usual = [each for each in pod.containers if not each.init]
    return next((each for each in usual if each.name == name), usual[0] if usual else None)


def live_id(pod: PodSeen, name: str) -> str:
    """Return what one run of a pod's own container is called."""
    container = own_container(pod, name)
    return f"{pod.uid}/{container.restarts if container is not None else 0}"
