"""Which proxy leads to a cluster: the one its kubeconfig names, else the one the environment names, by Go's rules."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from homeport.model.errors import OutsideError


def proxy_for(server: str, named: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the proxy's URL, or None for the straight way. Raises OutsideError for a kind that we cannot speak to."""
    parts = urlsplit(server)
    proxy = named or _by_environment(parts.scheme, parts.hostname or "", parts.port, environ)
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise OutsideError(
            f'the proxy "{proxy}" is of a kind that is not supported', hint="name an http:// or https:// proxy"
        )
    return proxy


def _by_environment(scheme: str, host: str, port: int | None, environ: Mapping[str, str]) -> str | None:
    name = "HTTPS_PROXY" if scheme == "https" else "HTTP_PROXY"
    proxy = environ.get(name) or environ.get(name.lower())
    if not proxy or host == "localhost" or _loopback(host):
        return None
    spared = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    port = port or (443 if scheme == "https" else 80)
    return None if any(_spares(rule.strip().lower(), host.lower(), port) for rule in spared.split(",")) else proxy


def _spares(rule: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY means this host: ``*``, a name with its subdomains, an address or a network, and a port."""
    if not rule:
        return False
    if rule == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        pass  # one of them is a name
    name, _, wanted = rule.rpartition(":") if rule.count(":") == 1 else (rule, "", "")
    if wanted and wanted != str(port):
        return False
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
