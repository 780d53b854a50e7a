"""What an image was made from besides the files that its pods get anyway, and what it had of those."""

from collections.abc import Callable

from homeport.kit.livefiles import Baseline, Entry, remote_paths
from homeport.model.containers import FullBuild, Image, Sync
from homeport.model.kept import KeptFile, KeptImage
from homeport.work.cluster.sources import matches


def kept_apart(image: Image) -> Callable[[str], bool]:
    """Return whether a path is one that pods get without another image, as the image's rules say."""
    syncs = [each for each in image.update if isinstance(each, Sync)]
    forcing = [files for each in image.update if isinstance(each, FullBuild) for files in each.when]

    def apart(path: str) -> bool:
        covered = next(remote_paths(syncs, path), None) is not None
        return covered and not any(matches(files, path) for files in forcing)

    return apart


def kept(name: str, rest: str, files: Baseline) -> KeptImage:
    """Return what is remembered of an image that was made."""
    return KeptImage(
        name, rest, {path: KeptFile(each.mode, each.digest.hex(), each.link) for path, each in files.items()}
    )


def baseline_of(image: KeptImage) -> Baseline:
    """Return the files that a container of the image begins with."""
    return {path: Entry(each.mode, bytes.fromhex(each.digest), each.link) for path, each in image.files.items()}
