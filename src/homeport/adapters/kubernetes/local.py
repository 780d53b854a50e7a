"""Whether a context is a cluster of this very machine, to which things may be applied without asking.

A name proves nothing by itself, and neither does a loopback address: both may lead elsewhere. Where in doubt, it is not local.
"""

import ipaddress
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

import psutil

from homeport.adapters.kubernetes.access import Access

_NAMES: Final = re.compile(
    r"(kind|k3d|minikube|colima|orbstack|lima|microk8s|vind)(-.+)?|docker-(for-)?desktop|rancher-desktop|podman-desktop"
)
_MAKERS: Final = frozenset({"minikube.sigs.k8s.io"})
_HERE: Final = frozenset({"localhost", "kubernetes.docker.internal", "host.docker.internal", "host.orb.internal"})
_UNDER_HERE: Final = (".localhost", ".orb.local")


def doubt(access: Access, own: Collection[str]) -> str:
    """Return why a cluster may not be of this machine, whose addresses are ``own``; nothing when it looks as if it were.

    It is by its address: loopback or an own one. By a name that local clusters have and a private address: a virtual machine.
    Never with a login program, a proxy that its entry names, or a certificate for another name: tunnels have those.
    """
    if access.plugin is not None or access.provider is not None:
        return "it has a login program"
    if access.proxy is not None:
        return "a proxy leads to it"
    host = (urlsplit(access.server).hostname or "").rstrip(".").lower()
    if access.server_name is not None and not _is_here(access.server_name.lower(), own):
        return f'its certificate is for "{access.server_name}"'
    if _is_here(host, own):
        return ""
    if _NAMES.fullmatch(access.context) is None and access.maker not in _MAKERS:
        return "its address is not of this machine"
    return "" if _is_private(host) else "its address is no private one"


def own_addresses() -> frozenset[str]:
    """Return the addresses of this machine's network interfaces."""
    every = (address.address.partition("%")[0] for each in psutil.net_if_addrs().values() for address in each)
    return frozenset(address for address in every if _address(address) is not None)


def _is_here(host: str, own: Collection[str]) -> bool:
    if host in _HERE or host.endswith(_UNDER_HERE):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified or host in own)


def _is_private(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_private


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
