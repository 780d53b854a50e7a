"""What ``prune`` is about to remove."""

from collections.abc import Sequence

from homeport.cli.screen.paint import Paint
from homeport.cli.screen.text import shown
from homeport.machine.after.remains import Remains


def lines(found: Sequence[Remains], paint: Paint) -> list[str]:
    """Return each name with its reason, and below it every folder with its size."""
    said: list[str] = []
    for remains in found:
        said.append(f"{paint('bold', remains.name)}  {shown(remains.why)}")
        said += [f"  {piece.kind:<8} {amount(piece.size):>8}  {shown(str(piece.path))}" for piece in remains.pieces]
        said += [f"  {'cluster':<8} {there}, with all volumes" for there in remains.clusters]
        if remains.ports:
            said.append(f"  {'ports':<8} {remains.ports:>8}  kept for its next start")
    return said


def total(found: Sequence[Remains]) -> str:
    """Return what all of it is: ``2 instances, 1.2 GB``."""
    whole = sum(remains.folder is not None for remains in found)
    parts = [f"{len(found) - whole} left-over {'folder' if len(found) - whole == 1 else 'folders'}"]
    parts = [f"{whole} {'instance' if whole == 1 else 'instances'}"] * (whole > 0) + parts * (whole < len(found))
    return ", ".join([*parts, amount(sum(remains.size for remains in found))])


def amount(count: int) -> str:
    """Return bytes as people read them."""
    for size, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
