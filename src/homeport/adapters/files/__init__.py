"""Files: which ones change, and a digest of what they hold (`digest.digest_files`)."""

import sys

from homeport.ports.watcher import Watcher


def watcher(*, portable: bool = False) -> Watcher:
    """Return this machine's watcher: inotify on Linux, else (or when asked for) the portable one."""
    if portable or sys.platform != "linux":
        from homeport.adapters.files.portable import PortableWatcher

        return PortableWatcher()
    from homeport.adapters.files.linux import LinuxWatcher

    return LinuxWatcher()
