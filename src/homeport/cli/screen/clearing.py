"""What is said of objects that were removed from a cluster."""

from msgspec import Struct


class Swept(Struct, frozen=True, omit_defaults=True):
    """What became of one place: ``removed`` objects, ``volumes`` and other things that stay.

    ``whole``: the namespace went as well. ``forgotten``: nobody could ask the cluster, and nothing is remembered of it any more.
    """

    context: str
    namespace: str
    removed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    whole: bool = False
    forgotten: bool = False


def told(swept: Swept) -> list[str]:
    """Return what is said of a place after it was cleared."""
    where = f"{swept.context}/{swept.namespace}"
    if swept.forgotten:
        return [f"forgot what was on {where}"]
    count = len(swept.removed)
    lines = [f"removed {count} object{'s' * (count != 1)} from {where}{', with the namespace' * swept.whole}"]
    if swept.volumes:
        is_one = len(swept.volumes) == 1
        volumes = f"volume{'s' * (not is_one)} {', '.join(swept.volumes)} stay{'s' * is_one}"
        lines.append(f"{volumes}; `homeport down --data` removes {'it' if is_one else 'them'}")
    if swept.stays:
        lines += [*swept.stays, "once what others have there is gone, `homeport down` removes that as well"]
    return lines
