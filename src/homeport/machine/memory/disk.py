"""What outlives Homeport, per instance: wishes, successes of tasks, the last good graph, data folders and their ids."""

import secrets
import shutil
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from homeport.kit.filenames import file_name, name_in
from homeport.kit.secrecy import why_secret
from homeport.machine.after.removing import refusing
from homeport.machine.files import private_folder, read_json, write_whole
from homeport.machine.instances.instance import Instance
from homeport.machine.memory.last_good import LastGood
from homeport.model.facts import Done
from homeport.model.graph import Graph
from homeport.model.kept import KeptImage
from homeport.model.wishes import Wishes, lasting


class Remembered(Struct, frozen=True, omit_defaults=True):
    """The file's content; its words only grow, and unknown ones are passed over.

    ``kept``: the options whose values are secret. They are in a file of the secrets' folder, not here.
    """

    wishes: Wishes = Wishes()
    kept: tuple[str, ...] = ()
    done: dict[str, Done] = {}


class DiskMemory:
    """Keeps the promises of ``Memory`` in the file ``file`` and below the folders ``data`` and ``runtime``.

    ``secrets`` is the folder for values of secret options: ``file`` only names those. ``runtime`` is asked only when a runtime
    folder is needed. ``notices`` tells what was set aside as unreadable, or is lost.
    """

    def __init__(self, file: Path, *, data: Path, secrets: Path, runtime: Callable[[], Path]) -> None:
        self._file = file
        self._data = data
        self._runtime = runtime
        self._lock = threading.Lock()
        self._options = secrets / ".options.json"
        self._good = LastGood(file.with_name("last-good.json"), secrets / ".last-good.json")
        self._written, trouble = read_json(file, Remembered, Remembered())
        self._values: dict[str, str] = {}
        self.notices = [trouble] if trouble else []
        self._known = self._whole(self._written)

    def keep_graph(self, graph: Graph, secret: Collection[str]) -> None:
        """Remember the last graph that was sound, without these ``secret`` values, nor others that tell what they are."""
        with self._lock:
            self._good.keep(graph, secret)

    def graph(self) -> Graph | None:
        """Return the last graph that was sound, if there ever was one. Raises RefusedError when it cannot be understood."""
        return self._good.graph()

    def wishes(self) -> Wishes:
        """Return the remembered wishes (only those that outlive a run)."""
        return self._known.wishes

    def keep_wishes(self, wishes: Wishes) -> None:
        """Remember what of the wishes outlives a run; nothing is written when that is unchanged."""
        with self._lock:
            self._keep(msgspec.structs.replace(self._known, wishes=lasting(wishes)))

    def done(self) -> Mapping[str, Done]:
        """Return the remembered successes by task."""
        return self._known.done

    def keep_done(self, task: str, done: Done) -> None:
        """Remember a success."""
        with self._lock:
            self._keep(msgspec.structs.replace(self._known, done={**self._known.done, task: done}))

    def image(self, name: str) -> KeptImage | None:
        """Return what was kept of an image; nothing where that is unreadable, since it can be made anew."""
        nothing = KeptImage("", "")
        found, _ = read_json(self._image_file(name), KeptImage, nothing)
        return found if found is not nothing else None

    def keep_image(self, name: str, image: KeptImage) -> None:
        """Remember an image as it was made last."""
        with self._lock:
            private_folder(self._image_file(name).parent)
            write_whole(self._image_file(name), msgspec.json.encode(image))

    def data_folder(self, service: str) -> str:
        """Return the data folder of a service, made when absent (0700); a new one gets a new id."""
        folder = self._data / file_name(service)
        with self._lock:
            if not folder.is_dir() or not self._id_file(service).exists():
                self._id_file(service).unlink(missing_ok=True)
                private_folder(folder)
                write_whole(self._id_file(service), secrets.token_hex(8).encode(), durable=True)
        return str(folder)

    def runtime_folder(self, service: str) -> str:
        """Return a folder for small files of the current run (0700)."""
        return str(private_folder(self._runtime() / file_name(service)))

    def data_id(self, service: str) -> str:
        """Return the id of a service's data: made with the folder, another one after the data were removed."""
        self.data_folder(service)
        return self._id_file(service).read_text("ascii")

    def data_folders(self) -> dict[str, Path]:
        """Return the data folders there are, by service: what ``remove_data`` would remove."""
        if not self._data.is_dir():
            return {}
        folders = sorted(entry for entry in self._data.iterdir() if entry.is_dir() and entry.name != ".ids")
        return {name_in(folder.name): folder for folder in folders}

    def remove_data(self) -> list[str]:
        """Remove the data of all services and what was remembered of tasks; return what could not be removed."""
        shutil.rmtree(self._data / ".ids", ignore_errors=True)
        refused = refusing(self.data_folders().values())
        with self._lock:
            self._keep(msgspec.structs.replace(self._known, done={}))
        return refused

    def _image_file(self, name: str) -> Path:
        return self._file.with_name("images") / f"{file_name(name)}.json"

    def _id_file(self, service: str) -> Path:
        return self._data / ".ids" / file_name(service)

    def _whole(self, written: Remembered) -> Remembered:
        """Return what was written with the values of the secret options."""
        if not written.kept:
            return written
        self._values, trouble = read_json(self._options, dict[str, str], {})
        lost = [name for name in written.kept if name not in self._values]
        self.notices += [trouble] if trouble else []
        self.notices += [f'the value of the option "{name}" is lost: give it again' for name in lost]
        found = {name: value for name, value in self._values.items() if name in written.kept}
        wishes = msgspec.structs.replace(written.wishes, options={**written.wishes.options, **found})
        return msgspec.structs.replace(written, wishes=wishes, kept=())

    def _keep(self, known: Remembered) -> None:
        """Write what is news; the values of secret options before the file that names them."""
        options = known.wishes.options
        values = {name: value for name, value in options.items() if why_secret(name, value)}
        plain = {name: value for name, value in options.items() if name not in values}
        wishes = msgspec.structs.replace(known.wishes, options=plain)
        written = msgspec.structs.replace(known, wishes=wishes, kept=tuple(sorted(values)))
        if values != self._values:
            write_whole(self._options, msgspec.json.encode(values))
            self._values = values
        if written != self._written:
            write_whole(self._file, msgspec.json.format(msgspec.json.encode(written)))
            self._written = written
        self._known = known


def memory_of(instance: Instance) -> DiskMemory:
    """Return what is remembered of an instance."""
    return DiskMemory(instance.memory, data=instance.data, secrets=instance.secrets, runtime=instance.runtime)
