"""Puts the helper for containers into the wheel; see helper/ and docs/decisions/018.

An editable install never needs the compiler: who runs processes from a clone needs no helper, and ``make helper`` builds one.
A wheel made without both, from a clone where nothing was built, is whole but for the helper, and says so while it is made.
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class HelperBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the helper's programs where the compiler is, or takes those that were built from these sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the programs to the wheel, or say that it comes without."""
        if version == "editable" or self.target_name != "wheel":
            return
        helper = runpy.run_path(str(Path(self.root, "helper", "build.py")))
        if not helper["built"]():
            if not helper["has_zig"]():
                self.app.display_warning("this wheel has no helper for containers; for one that has: make wheel")
                return
            helper["build"]()
        for path in sorted(helper["BIN"].iterdir()):
            if path.name == "digests.json" or path.name.startswith("homeport-helper-"):
                build_data["force_include"][str(path)] = f"homeport/adapters/live/bin/{path.name}"
