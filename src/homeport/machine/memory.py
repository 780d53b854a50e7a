"""What outlives Homeport, per instance: wishes, successes of tasks, data folders and their ids."""

import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from homeport.machine.files import file_name, private_folder, read_json, write_whole
from homeport.model.facts import Done
from homeport.model.wishes import Wishes


class Remembered(Struct, frozen=True, omit_defaults=True):
    """The file's content; its words only grow, and unknown ones are passed over."""

    wishes: Wishes = Wishes()
    done: dict[str, Done] = {}


class DiskMemory:
    """Keeps the promises of ``Memory`` in the file ``file`` and below the folders ``data`` and ``runtime``.

    ``runtime`` is asked only when a runtime folder is needed. ``notices`` tells what was set aside as unreadable.
    """

    def __init__(self, file: Path, *, data: Path, runtime: Callable[[], Path]) -> None:
        self._file = file
        self._data = data
        self._runtime = runtime
        self._lock = threading.Lock()
        self._known, trouble = read_json(file, Remembered, Remembered())
        self.notices = [trouble] if trouble else []

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
        return {unquote(folder.name): folder for folder in folders}

    def remove_data(self) -> list[str]:
        """Remove the data of all services and what was remembered of tasks; return what could not be removed."""
        shutil.rmtree(self._data / ".ids", ignore_errors=True)
        folders = self.data_folders().values()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            self._keep(msgspec.structs.replace(self._known, done={}))
        return [str(folder) for folder in folders if folder.exists()]

    def _id_file(self, service: str) -> Path:
        return self._data / ".ids" / file_name(service)

    def _keep(self, known: Remembered) -> None:
        if known != self._known:
            write_whole(self._file, msgspec.json.format(msgspec.json.encode(known)))
            self._known = known


def lasting(wishes: Wishes) -> Wishes:
    """Return the part of the wishes that outlives a run."""
    return Wishes(
        enabled=wishes.enabled,
        args=wishes.args,
        options=wishes.options,
        replicas=wishes.replicas,
        paused=wishes.paused,
    )
