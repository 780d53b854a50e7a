"""Whoever speaks to no cluster does not pay for the library that could."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "homeport.cli.main",
        "homeport.ports.cluster",
        "homeport.adapters.kubernetes",
        "homeport.adapters.kubernetes.access",
        "homeport.adapters.kubernetes.local",
    ],
)
def test_only_a_cluster_costs_aiohttp(module: str) -> None:
    """The command line, the port, and finding out where a context leads import no HTTP library."""
    program = f"import sys, {module}; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
