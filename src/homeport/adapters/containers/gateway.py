"""Where containers find this machine."""

import ipaddress
import socket
from typing import Any


def gateway_in(bridge: dict[str, Any]) -> str | None:
    """Return the address that this machine has on an engine's bridge, None when it has none: the engine runs elsewhere.

    Virtual machines (Docker Desktop, Colima) lead their containers to this machine's loopback by themselves.
    """
    for config in (bridge.get("IPAM") or {}).get("Config") or ():
        address = config.get("Gateway") or _first(str(config.get("Subnet", "")))
        if address and ":" not in address and _is_ours(address):
            return str(address)
    return None


def _first(subnet: str) -> str:
    """Return the first address of a network, which an engine takes for itself unless it was told otherwise."""
    try:
        return str(next(ipaddress.ip_network(subnet).hosts()))
    except (ValueError, StopIteration):
        return ""


def _is_ours(address: str) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((address, 0))
        except OSError:
            return False
    return True
