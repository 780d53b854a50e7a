"""Bring the user's own objects to the cluster, and remove those that are not among them any more."""

from collections.abc import Sequence

from homeport.aio.threads import in_thread
from homeport.aio.together import together
from homeport.model.cluster_jobs import DeployManifests
from homeport.model.errors import HomeportError
from homeport.model.manifests import Said, key_of
from homeport.model.shipped import Deployed
from homeport.ports.cluster import Cluster, ClusterError, Manifest
from homeport.ports.clusters import Opened
from homeport.ports.renderer import Own
from homeport.ports.report import Report
from homeport.work.cluster.applying import WORKLOADS, apply, are_other
from homeport.work.cluster.defining import await_defined, cluster_wide
from homeport.work.cluster.estate import Estate, is_first
from homeport.work.cluster.refused import refused
from homeport.work.cluster.seeing import digest_of
from homeport.work.cluster.telling import KINDS
from homeport.work.cluster.telling import WORKLOADS as JUDGED
from homeport.work.cluster.values import identity_of, values_of
from homeport.work.outside import Outside

_BARE = ("v1", "Pod")


async def deploy_manifests(job: DeployManifests, outside: Outside, report: Report) -> None:
    """Read the objects, apply what differs, definitions first, and remove what is left of earlier ones."""
    deploying = _Deploying(job, outside)
    try:
        report.put(job.key, await deploying.run())
    except HomeportError as error:
        report.put(job.key, refused(job, error, outside, job.node.name, deploying.place(error)))


class _Deploying:
    """The objects of one node on their way."""

    def __init__(self, job: DeployManifests, outside: Outside) -> None:
        self._job = job
        self._outside = outside
        self._notes: list[str] = []
        self._places: dict[int, str] = {}
        self._refused: list[tuple[HomeportError, str]] = []

    async def run(self) -> Deployed:
        """Bring everything and return what is there."""
        job, outside = self._job, self._outside
        opened = await outside.cloud.opened()
        read = await outside.manifests.load(job.node)
        wide = await cluster_wide(opened.cluster, read)
        made = await self._rendered(opened, Own(job.node, read, wide, turn=job.turn))
        self._places = _places(made, read, opened.namespace, job.scene.graph.root)
        plain = made
        if any(image.update for image in job.node.images.values()):
            plain = await self._rendered(opened, Own(job.node, read, wide, helped=False, turn=job.turn))
        kinds = tuple(dict.fromkeys(map(_kind, made)))
        known = tuple(opened.kinds)
        await in_thread(lambda: opened.keep((job.node.name,), kinds))
        estate = await Estate.read(opened, job.node.name, dict.fromkeys((*kinds, *known)))
        differing = [
            (each, other)
            for each, other in zip(made, plain, strict=True)
            if (there := estate.of(each)) is None or are_other(each, there)
        ]
        await together(*(estate.demand_ours(each) for each, _ in differing if estate.of(each) is None))
        applied = await self._bring(opened.cluster, differing)
        self._notes += await estate.prune(made)
        now = [applied.get(id(each), each) for each in made]
        return self._deployed(opened, [each for each in now if _kind(each) not in estate.unseen], kinds)

    async def _rendered(self, opened: Opened, own: Own) -> Sequence[Manifest]:
        job, outside = self._job, self._outside
        values = await in_thread(lambda: values_of(job.scene.graph, outside))
        return outside.renderer.own(job.scene, await identity_of(opened, outside), values, own)

    async def _bring(self, cluster: Cluster, differing: Sequence[tuple[Manifest, Manifest]]) -> dict[int, Manifest]:
        """Apply what others rest on, what has no pods, and the rest; return what was applied, by the id of what was made."""
        first = [pair for pair in differing if is_first(pair[0])]
        rest = [pair for pair in differing if not is_first(pair[0])]
        applied: dict[int, Manifest] = {}

        async def each(made: Manifest, plain: Manifest) -> None:
            try:
                applied[id(made)] = await self._apply(cluster, made, plain)
            except HomeportError as error:
                self._refused.append((error, self._places.get(id(made), "")))
                raise

        await together(*(each(*pair) for pair in first))
        await together(*(await_defined(cluster, made) for made, _ in first))
        await together(*(each(*pair) for pair in rest if pair[0]["kind"] not in WORKLOADS))
        await together(*(each(*pair) for pair in rest if pair[0]["kind"] in WORKLOADS))
        return applied

    async def _apply(self, cluster: Cluster, made: Manifest, plain: Manifest) -> Manifest:
        """Apply an object; where somebody refuses it with the helper, without. Return what was applied."""
        try:
            await apply(cluster, made, force=self._job.force)
        except ClusterError as error:
            if made == plain or not _is_policy(error):
                raise
            await apply(cluster, plain, force=self._job.force)
            who = f'{made["kind"]} "{made["metadata"]["name"]}"'
            writer = self._outside.book.writer(self._job.node.name, run=0)
            writer.note(f"{who} is there without the helper: {error.what}")
            writer.close()
            self._notes.append(f"{who} was refused with the helper")
            return plain
        return made

    def place(self, error: HomeportError) -> str:
        """Return where the object is said that was refused with an error; nothing when that is not known."""
        return next((place for each, place in self._refused if each is error), "")

    def _deployed(self, opened: Opened, made: Sequence[Manifest], kinds: Sequence[tuple[str, str]]) -> Deployed:
        listed = self._outside.cloud.mirror.listed
        here = [each for each in made if each["metadata"].get("namespace", opened.namespace) == opened.namespace]
        judged = sorted(
            (each for each in here if is_judged(each)), key=lambda each: (each["kind"], each["metadata"]["name"])
        )
        return Deployed(
            self._job.identity,
            ",".join(digest_of(each) for each in judged),
            kinds=tuple(sorted({each["kind"] for each in here if (each["apiVersion"], each["kind"]) in listed})),
            further=tuple(kind for kind in kinds if kind not in KINDS),
            note="; ".join(self._notes),
            at=self._outside.clock.now(),
        )


def _places(made: Sequence[Manifest], read: Sequence[Manifest], namespace: str, root: str) -> dict[int, str]:
    """Return where objects are said, by the id of what was made of them, as far as that is known."""
    said = {key_of(each, namespace): each for each in read if isinstance(each, Said)}
    keys = {id(each): key_of(each, namespace) for each in made}
    return {each: said[key].place(root) for each, key in keys.items() if key in said}


def is_judged(made: Manifest) -> bool:
    """Whether a rollout tells how far an object is."""
    kind = _kind(made)
    return kind in JUDGED or kind == _BARE or kind not in KINDS


def _kind(made: Manifest) -> tuple[str, str]:
    return made["apiVersion"], made["kind"]


def _is_policy(error: ClusterError) -> bool:
    """Whether somebody who admits objects refused one."""
    said = error.what.lower()
    return error.code in (400, 403, 422) and any(word in said for word in ("admission webhook", "denied", "policy"))
