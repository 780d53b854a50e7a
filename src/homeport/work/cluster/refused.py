"""What is told of objects that did not get to a cluster."""

from homeport.model.errors import ConfigError, HomeportError
from homeport.model.parts import Where
from homeport.model.shipped import Deployed
from homeport.ports.cluster import ClusterError, FieldConflict
from homeport.work.cluster.applying import advice, is_passing
from homeport.work.outside import Outside


def refused(
    identity: str, error: HomeportError, outside: Outside, name: str, declared: Where | None = None
) -> Deployed:
    """Return a failure as a fact. ``name``: who is restarted to take over what others set.

    ``declared``: where the stack file declares what the objects were made of, unless the error knows a better place.
    """
    what, hint, passing = error.what, error.hint or "", False
    if isinstance(error, ClusterError):
        hint, passing = advice(error, name), is_passing(error)
        if declared is not None and _is_about_content(error):
            what = f"{declared}: {what}"
        if passing and "CustomResourceDefinition" in hint:  # of what is tried again only this sentence is told
            what, hint = f"{what}; {hint}", ""
    if isinstance(error, ConfigError) and error.mistakes:
        first = error.mistakes[0]
        place = f"{first.file}:{first.line}: " if first.file and first.line else f"{first.file}: " if first.file else ""
        what, hint = f"{place}{first.what}", first.hint or ""
    return Deployed(identity, error=what, hint=hint, passing=passing, at=outside.clock.now())


def _is_about_content(error: ClusterError) -> bool:
    """Whether the cluster does not like what an object says, so that its author has to mend it."""
    if isinstance(error, FieldConflict) or is_passing(error):
        return False
    return error.reason == "Invalid" or error.code in (400, 422) or "admission webhook" in error.what
