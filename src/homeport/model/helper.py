"""Where the helper is in containers."""

from typing import Final

FOLDER: Final = "/.homeport"
NAME: Final = "homeport-helper"
"""The name of its file, and of the key in the ConfigMap that carries it."""
PROGRAM: Final = f"{FOLDER}/{NAME}"
