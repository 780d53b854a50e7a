"""One instance: its folders, and who holds it."""

import shutil
import time
from pathlib import Path

from msgspec import Struct

from homeport.machine.files import private_folder
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import House, Running, claim, running_in

CONTROL = "control.sock"
"""The name of the control socket in a runtime folder."""

_LOOKS, _PAUSE = 500, 0.01
"""How often, and with how many seconds between, to look who holds a lease and has not said so."""


class Instance(Struct, frozen=True):
    """One instance: its ``name``, where its ``stack`` file is, whether it is the ``primary`` one, and its ``folder``.

    The primary instance of a stack gets the ports that the file declares.
    """

    name: str
    stack: str
    root: Path
    file: Path
    primary: bool
    folder: Path
    folders: Folders

    @property
    def data(self) -> Path:
        """The folder of the services' data folders."""
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        """The folder of the log store."""
        return self.folder / "logs"

    @property
    def secrets(self) -> Path:
        """The folder of generated secrets and the salt of digests."""
        return self.folder / "secrets"

    @property
    def memory(self) -> Path:
        """The file of what is remembered."""
        return self.folder / "memory.json"

    def runtime(self) -> Path:
        """Return the folder for sockets and files of a run, made when absent: short enough for sockets in it."""
        return self.folders.instance_runtime(self.name)

    def socket(self) -> Path:
        """Return the path of the control socket; its folder is made when absent."""
        return self.runtime() / CONTROL

    def forget_run(self) -> None:
        """Remove the runtime folder: sockets, and secrets that programs read from files. To be called by the running house."""
        shutil.rmtree(self.runtime(), ignore_errors=True)

    def claim(self, started: float) -> House | Running:
        """Become the running house of this instance, or learn which one it is. ``started``: seconds since the epoch.

        Who holds the lease for a moment only, or has just begun, is waited for.
        """
        return self._claim(str(self.socket()), started)

    def look_after(self) -> House | Running:
        """Keep the instance for a moment, as ``claim`` does, while no house of it is opened."""
        return self._claim("", 0.0)

    def _claim(self, socket: str, started: float) -> House | Running:
        for _ in range(_LOOKS):
            found = claim(private_folder(self.folder), socket=socket, started=started)
            if isinstance(found, House) or found.pid:
                break
            time.sleep(_PAUSE)
        return found

    def running(self) -> Running | None:
        """Return the house that runs this instance, verified to be alive."""
        return running_in(self.folder)
