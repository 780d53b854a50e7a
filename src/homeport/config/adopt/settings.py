""".env: settings for every service, and the stores that they speak of."""

from pathlib import Path

from homeport.config.adopt.parts import Found, Part
from homeport.config.adopt.stores import from_address
from homeport.kit import dotenv


def adopt(folder: Path) -> Found:
    """Return that the file is used, and the stores on this machine that its addresses name."""
    name = next((name for name in (".env", ".env.example") if (folder / name).is_file()), None)
    if name is None:
        return Found()
    try:
        values = dotenv.parse((folder / name).read_bytes())
    except dotenv.Unreadable as error:
        return Found(guessed=(f"{name} cannot be read ({error}): it is passed over",))
    except OSError as error:
        return Found(guessed=(f"{name} cannot be read ({error.strerror}): it is passed over",))
    stores = {part.name: (key, part) for key, value in values.items() if (part := from_address(value))}
    parts: list[Part] = [part for _key, part in stores.values()]
    guessed = [
        f"{key} in {name} names a {part.name} on this machine: a component takes its place"
        for key, part in stores.values()
    ]
    # Only .env itself is read when the stack runs; .env.example shows which stores there are.
    settings = ".env" if name == ".env" else None
    return Found(tuple(parts), (f"{name}: {len(values)} settings",), tuple(guessed), settings=settings)


def addresses(folder: Path) -> dict[str, Part]:
    """Return the settings whose value is the address of a store, with that store."""
    for name in (".env", ".env.example"):
        try:
            values = dotenv.parse((folder / name).read_bytes())
        except (OSError, dotenv.Unreadable):
            continue
        return {key: part for key, value in values.items() if (part := from_address(value))}
    return {}
