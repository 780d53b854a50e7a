"""By which saves an image is made again, and by which only the files in its pods change."""

from msgspec.structs import replace

from homeport.model.containers import BuiltImage, Dockerfile, FullBuild, Image, Sync
from homeport.model.graph import LIVE
from homeport.model.parts import Files
from homeport.model.shipped import Imaged
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.delivered import image_key, node_of, used_images


def image_rules(see: Snapshot, names: frozenset[str]) -> dict[str, tuple[Files, ...]]:
    """Return by which files images change, and by which the files in their pods do; both under names of their own."""
    rules: dict[str, tuple[Files, ...]] = {}
    used = used_images(see, names)
    for name, place in used:
        image = see.graph.images[name]
        known = see.fact(image_key(name, place), Imaged)
        # A container of this machine has its files from its image alone.
        live = (name, "kubernetes") in used
        syncs = [each for each in image.update if isinstance(each, Sync)] if live else []
        whole = known.watch if known is not None else ()
        if known is not None and known.error and not whole:
            whole = _sources(image)
        full = tuple(files for each in image.update if isinstance(each, FullBuild) for files in each.when)
        rules[name] = (*(rule for each in whole for rule in _without(each, syncs, image)), *full)
        if syncs:
            rules[LIVE + name] = tuple(map(_synced, syncs))
    for user, image in see.graph.image_users.items():
        node = node_of(user)
        if user in see.graph.image_of or node not in names or see.place(node) != "kubernetes":
            continue
        if syncs := [each for each in image.update if isinstance(each, Sync)]:
            rules[live_name(user, see)] = tuple(map(_synced, syncs))
    return rules


def live_name(node: str, see: Snapshot) -> str:
    """Return under which name the saves are counted that a node's pods get without another image."""
    return LIVE + see.graph.image_of.get(node, node)


def _sources(image: Image) -> tuple[Files, ...]:
    """Return where the files of an image are that could not be read: mending them makes it be read again."""
    if not isinstance(image, Dockerfile):
        return image.inputs if isinstance(image, BuiltImage) else ()
    folder, _, base = image.file.rpartition("/")
    return Files(image.context, ("**",)), Files(folder or "/", (f"/{base}",))


def _synced(sync: Sync) -> Files:
    """Return the files that a rule keeps up to date; what it names may be a file or a folder."""
    folder, _, base = sync.local.rpartition("/")
    ignore = tuple(f"/{base}/{each.lstrip('/')}" if "/" in each.rstrip("/") else each for each in sync.ignore)
    return Files(folder or "/", (f"/{base}", f"/{base}/**"), ignore)


def _without(files: Files, syncs: list[Sync], image: Image) -> tuple[Files, ...]:
    """Leave out what is kept up to date in pods: those saves make no other image while they run.

    What a rule ignores is not kept up to date, and a recipe is never part of what it makes.
    """
    base = files.base.rstrip("/")
    if not syncs or _is_recipe(files, image):
        return (files,)
    found: list[Files] = []
    ignored: list[str] = []
    covered = False
    for sync in syncs:
        local = sync.local.rstrip("/")
        if local.startswith(base + "/"):
            path = local.removeprefix(base)
            ignored += (path, f"{path}/**")
            found += [replace(files, patterns=_moved(sync.ignore, path))] if sync.ignore else []
        elif f"{base}/".startswith(f"{local}/"):
            covered = True
            found += [replace(files, base=local or "/", patterns=sync.ignore)] if sync.ignore else []
    return tuple(found) if covered else (replace(files, ignore=(*files.ignore, *ignored)), *found)


def _moved(patterns: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Return patterns as they are for a folder above, of which ``path`` leads to their own."""
    found: list[str] = []
    for pattern in patterns:
        sign, rest = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
        anchored = "/" in rest.rstrip("/")
        found.append(f"{sign}{path}/{rest.lstrip('/')}" if anchored else f"{sign}{path}/**/{rest}")
    return tuple(found)


def _is_recipe(files: Files, image: Image) -> bool:
    """Whether a rule is about a Dockerfile alone, or about what says what of its context does not count."""
    if not isinstance(image, Dockerfile):
        return False
    own = {image.file, f"{image.file}.dockerignore", f"{image.context.rstrip('/')}/.dockerignore", image.ignore}
    return len(files.patterns) == 1 and f"{files.base.rstrip('/')}/{files.patterns[0].lstrip('/')}" in own
