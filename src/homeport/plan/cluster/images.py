"""Decisions about images: one of each, made again when what it is made from changed, bases before who begins from them."""

from typing import Final

from msgspec.structs import replace

from homeport.model.cluster_jobs import MakeImage
from homeport.model.containers import Dockerfile, Image, Sync
from homeport.model.facts import Changed, Known
from homeport.model.instants import SECOND, Instant
from homeport.model.manifests import Manifests
from homeport.model.nodes import EnvFile, Secret, Service, Task
from homeport.model.places import Place
from homeport.model.plan import Hold
from homeport.model.shipped import Imaged
from homeport.model.snapshot import Snapshot
from homeport.model.view import State
from homeport.plan.cluster.delivered import image_key, node_of
from homeport.plan.decision import PAUSED, Decision, advised, waiting
from homeport.plan.identity import Made, digest, values_of

RETRY: Final[Instant] = 2 * SECOND
"""Who could not do his part (an engine, a registry) is asked again after so long, and each time after twice as long."""
LONGEST: Final[Instant] = 8 * SECOND
"""No pause is longer, for what came back should not be waited for."""


def decide_image(name: str, place: Place, users: list[str], see: Snapshot, now: Instant, *, watched: bool) -> Decision:
    """Decide about one image in one place. ``watched``: whether every later save of its files is seen."""
    known = see.fact(image_key(name, place), Imaged)
    made = _made_of(name, place, see)
    if isinstance(made, Hold):
        return waiting(made)
    # What counts is read first and watched then: no save of another file makes a build begin anew, and none is missed.
    is_read = known is not None and bool(known.digest) and known.identity.partition("/")[0] == made.what
    missing = next((base for base, there in _bases(known, place, see).items() if not there), None)
    if missing is not None and is_read and not _is_behind(name, known, see):
        return _without_base(name, missing, place, see)
    job = _job(name, place, users, made, known, see, reads=not is_read or missing is not None)
    if known is not None and known.identity.partition("|")[0] == job.identity:
        return _known(job, known, now)
    if known is not None and _is_kept(known, _turn(users, see), users, see):
        kept = replace(job, identity=known.identity.partition("|")[0])
        return replace(_known(kept, known, now), stale=PAUSED)
    if is_read and not watched:
        return waiting(Hold("its files are not watched yet"))
    return Decision("building", jobs=(job,), detail=_progress(known))


def _made_of(name: str, place: Place, see: Snapshot) -> Made | Hold:
    """Return what an image is made of besides files, or a hold that names what is not known yet."""
    values = values_of(see.graph.image_refs[name], "here", see)
    hidden = _hidden(name, see)
    if isinstance(values, Hold):
        return values
    if isinstance(hidden, Hold):
        return hidden
    site = see.wishes.site if place == "kubernetes" else None
    # How its pods are kept up to date makes no other image.
    bare = replace(see.graph.images[name], update=())
    return Made(digest(bare, sorted(values.items()), hidden, site, see.graph.site), values)


def _job(
    name: str, place: Place, users: list[str], made: Made, known: Imaged | None, see: Snapshot, *, reads: bool
) -> MakeImage:
    """Return the job that makes an image of the files as they are now, or that only ``reads`` which those are."""
    turn = _turn(users, see)
    bases = digest(sorted(_bases(known, place, see).items()))
    seq = f"{_seq(name, see)} read" if reads else f"{_seq(name, see)}/{bases}"
    return MakeImage(
        image_key(name, place), f"{made.what}/{turn}/{seq}", name, see.graph.images[name], see.graph.stack, users[0],
        made.values, _candidates(name, place, see),
        reads=reads, asks=any(_is_unsaid(user, see) for user in users), anew=turn > 0 or _may_run_once(users, see),
    )  # fmt: skip


def _may_run_once(users: list[str], see: Snapshot) -> bool:
    """Whether an image may be one of Jobs among the user's own objects, which get no saves."""
    return any(isinstance(see.graph.nodes[user], Manifests) for user in users)


def image_of_run(task: str, see: Snapshot) -> MakeImage | None:
    """Return how a task's image is made of the files as they are, None where the one that is there has them.

    Pods get saves while they run; a task runs once, on what was saved before it began.
    """
    name = see.graph.image_of.get(task)
    if name is None or not any(isinstance(each, Sync) for each in see.graph.images[name].update):
        return None
    made = _made_of(name, "kubernetes", see)
    if isinstance(made, Hold):  # its image is there, so that all was known
        return None
    known = see.fact(image_key(name, "kubernetes"), Imaged)
    return replace(_job(name, "kubernetes", [task], made, known, see, reads=False), once=True)


def _turn(users: list[str], see: Snapshot) -> int:
    """Return how often people asked for who uses an image to begin anew."""
    return sum(see.wishes.turns.get(user, 0) for user in users)


def is_held_back(name: str, see: Snapshot) -> bool:
    """Whether a pause holds back saves of what an image in a cluster is made from."""
    known = see.fact(image_key(name, "kubernetes"), Imaged)
    users = [node_of(user) for user, image in see.graph.image_of.items() if image == name]
    if known is None or not any(see.wishes.is_paused(user) for user in users):
        return False
    return _is_behind(name, known, see)


def _is_behind(name: str, known: Imaged | None, see: Snapshot) -> bool:
    """Whether files of an image were saved since what is known of it was found out."""
    return known is None or known.identity.split("/")[2].partition(" ")[0] != str(_seq(name, see))


def _is_kept(known: Imaged, turn: int, users: list[str], see: Snapshot) -> bool:
    """Whether a pause keeps an image as it is, or as it is being made, unless a person asked for another turn."""
    paused = any(see.wishes.is_paused(user) for user in users)
    begun = bool(known.name or known.error or known.progress)
    return paused and begun and known.identity.split("/")[1] == str(turn)


def _without_base(name: str, tag: str, place: Place, see: Snapshot) -> Decision:
    """Decide about an image one of whose bases is not there: it waits, unless that one will not come by itself."""
    tagged, road = _tagged(see), [name]
    while (base := tagged[tag]) not in road:
        made = see.fact(image_key(base, place), Imaged)
        if made is not None and made.error:
            reason = f'its base "{tag}" could not be made: {made.error}'
            return Decision("waiting" if made.passing else "failed", hold=Hold(reason), detail=reason)
        missing = next((each for each, there in _bases(made, place, see).items() if not there), None)
        if missing is None or _is_behind(base, made, see):
            return waiting(Hold(f'its base "{tag}" is not made yet'))
        road.append(base)
        tag = missing
    circle = " → ".join(each.partition(":")[2] for each in (*road[road.index(base) :], base))
    return waiting(Hold(f"Dockerfiles begin from each other in a circle: {circle}"), hopeless=True)


def _is_unsaid(name: str, see: Snapshot) -> bool:
    """Whether nobody says what a container starts, where its files are to be kept up to date before that."""
    node = see.graph.nodes[name]
    if isinstance(node, Manifests):
        return any(image.update for image in node.images.values())
    container = node.container if isinstance(node, Service | Task) else None
    return (
        container is not None and (container.run or getattr(node, "run", None)) is None and bool(container.image.update)
    )


def _known(job: MakeImage, known: Imaged, now: Instant) -> Decision:
    said = advised(known.error, known.hint)
    if known.error and known.passing:
        again = known.at + min(RETRY * 2 ** min(max(known.tries, 1) - 1, 10), LONGEST)
        if now < again:
            return Decision("restarting", hold=Hold(said, until=again), wake=again, detail=said)
        job = replace(job, identity=f"{job.identity}|{known.at}", tries=known.tries)
        return Decision("restarting", jobs=(job,), detail=said)
    if known.error:
        return Decision("failed", hold=Hold(said), detail=said)
    if known.name:
        return Decision("ready", ready=True, started=True, completed=True)
    state: State = "restarting" if known.tries else "building"  # one word for all tries, or each would be news
    job = replace(job, identity=known.identity, tries=known.tries)
    return Decision(state, jobs=(job,), detail=_progress(known))


def _progress(known: Imaged | None) -> str:
    return (known.progress if known is not None else "") or "building its image"


def _bases(known: Imaged | None, place: Place, see: Snapshot) -> dict[str, str]:
    """Return the bases of ours, as far as they are known, with what they are called now."""
    if known is None:
        return {}
    tagged = _tagged(see)
    found = {base: see.fact(image_key(tagged[base], place), Imaged) for base in known.bases if base in tagged}
    return {base: made.name if made is not None else "" for base, made in found.items()}


def _candidates(name: str, place: Place, see: Snapshot) -> dict[str, str]:
    """Return every image of ours that a Dockerfile may begin from, by its tags."""
    found: dict[str, str] = {}
    for other, image in see.graph.images.items():
        made = see.fact(image_key(other, place), Imaged) if other != name else None
        found |= dict.fromkeys(_tags(image), made.name if made is not None else "") if other != name else {}
    return found


def _tagged(see: Snapshot) -> dict[str, str]:
    """Return the images of ours by their tags."""
    return {tag: name for name, image in see.graph.images.items() for tag in _tags(image)}


def _tags(image: Image) -> tuple[str, ...]:
    return image.tags if isinstance(image, Dockerfile) else ()


def _seq(name: str, see: Snapshot) -> int:
    changed = see.fact(("changed", name, 0), Changed)
    return changed.seq if changed is not None else 0


def _hidden(name: str, see: Snapshot) -> list[str] | Hold:
    """Return what digests of secret values an image depends on."""
    found: list[str] = []
    for ref in see.graph.image_refs[name]:
        if not isinstance(see.graph.nodes.get(ref.node), Secret | EnvFile):
            continue
        known = see.fact(("known", ref.node, 0), Known)
        if known is None or known.error:
            return Hold(f"waiting for {ref.node}", cause=ref.node)
        found.append(known.digests.get(ref.key.partition(":")[2], ""))
    return found
