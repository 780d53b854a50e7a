"""What is told of objects that did not get to a cluster."""

from homeport.model.errors import ConfigError, HomeportError
from homeport.model.shipped import Deployed
from homeport.ports.cluster import ClusterError
from homeport.work.cluster.applying import advice, is_passing
from homeport.work.outside import Outside


def refused(identity: str, error: HomeportError, outside: Outside, name: str) -> Deployed:
    """Return a failure as a fact. ``name``: who is restarted to take over what others set."""
    what, hint, passing = error.what, error.hint or "", False
    if isinstance(error, ClusterError):
        hint, passing = advice(error, name), is_passing(error)
    if isinstance(error, ConfigError) and error.mistakes:
        first = error.mistakes[0]
        place = f"{first.file}:{first.line}: " if first.file and first.line else f"{first.file}: " if first.file else ""
        what, hint = f"{place}{first.what}", first.hint or ""
    return Deployed(identity, error=what, hint=hint, passing=passing, at=outside.clock.now())
