"""Which nodes are worth a row: those that run, or are brought somewhere. What others hold up is told with these."""

from typing import Final

RUNNING: Final = ("service", "task", "manifests")
"""The types of nodes that people start, watch and wait for, as views tell them."""
