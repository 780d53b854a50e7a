"""A stage with a cluster: its jobs are obeyed at once, and tests say what its pods do."""

from typing import Any

from msgspec.structs import replace
from stage import Stage, graph

from homeport.model import cluster_jobs as jobs
from homeport.model.containers import Container, Dockerfile, NamedImage, Sync
from homeport.model.facts import Done, Ending, Fact, Fronting, Run
from homeport.model.forwards import Followed, Forwarding
from homeport.model.nodes import Node, Service
from homeport.model.parts import Files
from homeport.model.places import Site
from homeport.model.plan import Bridge, Job
from homeport.model.rollouts import ContainerSeen, Linked, PodSeen, Rollout
from homeport.model.shipped import Cleared, Deployed, Explained, Imaged, Present, Relayed, Unblocked, Updated
from homeport.plan.decision import Answer

ON = {"": "kubernetes"}
KINDS = ("Deployment", "Service")
SYNC = Sync("/repo/src", "/app")


def image(name: str = "demo/api:1", **more: Any) -> Container:
    """Return a container of somebody else's image."""
    return Container(NamedImage(name), **more)


def dockerfile(folder: str = "/repo", *, tags: tuple[str, ...] = (), update: tuple[Any, ...] = ()) -> Container:
    """Return a container of an image that is made."""
    return Container(Dockerfile(f"{folder}/Dockerfile", folder, tags=tags, update=update))


class Sea(Stage):
    """A stage beside a cluster.

    ``refused``: nodes whose objects the cluster does not take (``""``: what all share), with the fact that tells it.
    ``unready``: whose pods do not get ready; ``stale``: whose files are not brought up to date. ``failing``: images that
    cannot be made. ``quiet``: the cluster is not there. ``deaf``: whose rollouts are not told. ``closed``: nobody
    gets a way back. ``stubborn``: nothing can be removed, and why. ``clinging``: why no pod can be deleted.
    """

    def __init__(self, *nodes: Node, **wishes: Any) -> None:
        super().__init__(*nodes, **{"places": ON, **wishes})
        self.refused: dict[str, Deployed] = {}
        self.stubborn: Cleared | None = None
        self.clinging = ""
        self.unready_pods: set[str] = set()
        self.stale: set[str] = set()
        self.failing: dict[str, Imaged] = {}
        self.bases: dict[str, tuple[str, ...]] = {}
        self.quiet = False
        self.closed = False
        self.deaf: set[str] = set()
        self.done_jobs: list[Job] = []
        """Every job of the cluster that was carried out, in order."""
        self.uids = 0
        self.sources = 0

    # What happens.

    def on(self, place: str, **site: Any) -> None:
        """Declare where everything runs that says nothing else."""
        world = graph(self.see.graph.nodes.values())
        self.see = replace(self.see, graph=replace(world, on=place, site=Site(**site)), revision=self.see.revision + 1)

    def move(self, **places: str) -> None:
        """Wish other places."""
        self.wish(places={**self.see.wishes.places, **places})

    def link(self, **changes: Any) -> None:
        """Let something else be true of the link."""
        known = self.see.fact(("cluster", "", 0), Linked)
        assert known is not None
        self.put(("cluster", "", 0), replace(known, **changes))

    def delete(self, *names: str) -> None:
        """Delete all objects of nodes behind our back."""
        present = self.see.fact(("present", "", 0), Present)
        assert present is not None
        for name in names:
            self.put(("rollout", name, 0), Rollout("", "", since=self.now))
        left = {name: kinds for name, kinds in present.nodes.items() if name not in names}
        self.put(("present", "", 0), Present(left))

    def rollout(self, name: str) -> Rollout:
        """Return how far a node is."""
        found = self.see.fact(("rollout", name, 0), Rollout)
        assert found is not None
        return found

    def pods(self, name: str, *pods: PodSeen, **more: Any) -> None:
        """Have these pods."""
        self.put(("rollout", name, 0), replace(self.rollout(name), pods=pods, **more))

    def did(self, kind: type[Any]) -> list[str]:
        """Return of whom jobs of a kind were carried out since the last look, and forget them."""
        found = [job.key[1] for job in self.done_jobs if isinstance(job, kind)]
        self.done_jobs = [job for job in self.done_jobs if not isinstance(job, kind)]
        return found

    def job(self, kind: type[Any]) -> Any:
        """Return the one job of a kind that is planned now."""
        found = [job for job in self.plan().jobs.values() if isinstance(job, kind)]
        assert len(found) == 1, found
        return found[0]

    # What workers do.

    def _obey(self, answer: Answer) -> None:
        super()._obey(answer)
        for name, facts in list(self.see.facts.items()):
            for (kind, number), fact in list(facts.items()):
                ends = isinstance(fact, Forwarding) or (isinstance(fact, Fronting) and kind == "bridge")
                if ends and fact.identity and (kind, name, number) not in answer.jobs:
                    self.put((kind, name, number), type(fact)(""))

    def _work(self, job: Job) -> None:
        made = self._of_cluster(job)
        if made is None:
            super()._work(job)
            return
        kind, name, number = job.key
        known = self.see.facts.get(name, {}).get((kind, number))
        again = known is not None and getattr(known, "identity", None) == job.identity
        lasting = isinstance(job, jobs.Live | jobs.Forward | jobs.MakeImage | jobs.Relay)
        if known != made and (not again or lasting):
            self.done_jobs.append(job)
            self.put(job.key, made)
            self._after(job)

    def _of_cluster(self, job: Job) -> Fact | None:
        match job:
            case jobs.WatchCluster():
                if self.quiet:
                    return Linked(job.identity, error="nobody is there")
                known = self.see.fact(job.key, Linked)
                return known if known and known.identity == job.identity else Linked(job.identity, True, "fake", "demo")
            case jobs.MakeImage():
                return self._image(job)
            case jobs.DeployCommon():
                refused = self.refused.get("")
                return replace(refused or Deployed(""), identity=job.identity, at=self.now)
            case jobs.Deploy():
                if job.name in self.refused:
                    return replace(self.refused[job.name], identity=job.identity, at=self.now)
                return Deployed(job.identity, f"of {job.identity.partition('|')[0]}", kinds=KINDS, at=self.now)
            case _:
                return self._beside_pods(job)

    def _beside_pods(self, job: Job) -> Fact | None:
        match job:
            case jobs.Forward():
                error = "" if job.pods else "no pod is ready"
                return Forwarding(job.identity, error, pods=job.pods, offered=() if job.pods else job.pods)
            case jobs.Live():
                if job.service in self.stale:
                    return Updated(job.identity)
                return Updated(job.identity, job.upto, tuple(pod.id for pod in job.pods))
            case jobs.Relay() if self.closed:
                return None
            case jobs.Relay():
                told, services = self.see.fact(job.key, Relayed), tuple(sorted(job.services))
                return (
                    told if told and told.services == services else Relayed(job.identity, True, services, at=self.now)
                )
            case jobs.Clear():
                return replace(self.stubborn or Cleared(""), identity=job.identity, at=self.now)
            case jobs.FollowPod():
                return Followed(job.identity)
            case jobs.Explain():
                return Explained(job.identity, ("last words",))
            case jobs.Unblock():
                return Unblocked(job.identity, self.clinging)
            case Bridge():
                return Fronting(job.identity)
            case jobs.RunPodTask():
                return self._pod_task(job)
            case _:
                return None

    def _image(self, job: jobs.MakeImage) -> Imaged:
        whole = (Files("/repo", ("**",)),)
        bases = tuple(base for base in self.bases.get(job.name, ()) if base in job.bases)
        made = Imaged(job.identity, digest="d", bases=bases, watch=whole, at=self.now)
        if job.reads or not all(job.bases[base] for base in bases):
            return made
        if job.name in self.failing:
            failed = self.failing[job.name]
            tries = job.tries + 1 if failed.passing else 0
            return replace(
                failed, identity=job.identity, digest="d", bases=bases, watch=whole, tries=tries, at=self.now
            )
        return replace(made, name=f"r/{job.name}:{job.identity.partition('|')[0]}")

    def _pod_task(self, job: jobs.RunPodTask) -> Fact:
        name = job.task.name
        run = self.see.run(name)
        if run is not None and run.alive and run.identity == job.identity:
            return run
        self.started.append(name)
        begun = Run(job.number, job.identity, started=self.now, in_cluster=True)
        if name in self.busy:
            return begun
        code = 1 if name in self.sick else 0
        if not code:
            self.put(("done", name, 0), Done(job.stamp, job.count + 1, job.turn, job.runs))
        return replace(begun, ended=Ending(self.now, code))

    def _after(self, job: Job) -> None:
        present = self.see.fact(("present", "", 0), Present)
        nodes = dict(present.nodes) if present is not None else {}
        match job:
            case jobs.WatchCluster() if not self.quiet and present is None:
                self.put(("present", "", 0), Present())
            case jobs.Deploy() if job.name not in self.refused:
                self.put(("present", "", 0), Present({**nodes, job.name: KINDS}))
                if job.name not in self.deaf:
                    self.roll(job.name, f"of {job.identity.partition('|')[0]}")
            case jobs.Relay():
                more = {name: ("Service",) for name in job.services if name not in nodes}
                self.put(("present", "", 0), Present({**nodes, "homeport-relay": ("Deployment",), **more}))
            case jobs.RunPodTask():
                self.put(("present", "", 0), Present({**nodes, job.task.name: ("Job", "Pod")}))
            case jobs.Clear() if self.stubborn is None:
                left = {name: kinds for name, kinds in nodes.items() if name not in job.names}
                stay = {name: ("Service",) for name in job.names if name in job.relayed and "Service" in nodes[name]}
                for name in job.names:
                    if self.see.fact(("rollout", name, 0), Rollout) is not None:
                        self.put(("rollout", name, 0), Rollout("", "", since=self.now))
                self.put(("present", "", 0), Present({**left, **stay}))

    def roll(self, name: str, digest: str) -> None:
        """Have pods of what was applied."""
        node = self.see.graph.nodes[name]
        assert isinstance(node, Service)
        wanted = self.see.wishes.replicas.get(name, node.replicas)
        self.uids += 1
        ready = name not in self.unready_pods
        pods = tuple(self.pod(name, f"{name}-{self.uids}-{at}", ready=ready) for at in range(wanted))
        self.put(
            ("rollout", name, 0),
            Rollout(
                "Deployment", name, "uid-" + name, digest, wanted, wanted if ready else 0, wanted if ready else 0,
                complete=ready, detail="" if ready else "0 of 1 pod ready", pods=pods, since=self.now,
            ),
        )  # fmt: skip

    def pod(self, node: str, name: str, **more: Any) -> PodSeen:
        """Return a pod whose container runs."""
        container = ContainerSeen(node, "running", more.pop("restarts", 0), image="demo/api:1")
        return PodSeen(name, f"uid-{name}", containers=(container,), **{"ready": True, **more})
