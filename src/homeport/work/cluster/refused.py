"""What is told of objects that did not get to a cluster."""

from homeport.model.cluster_jobs import Deploy, DeployCommon, DeployManifests
from homeport.model.errors import ConfigError, HomeportError, Mistake
from homeport.model.parts import Where
from homeport.model.shipped import Deployed
from homeport.ports.cluster import ClusterError, FieldConflict, UnknownKind
from homeport.work.cluster.applying import advice, is_passing
from homeport.work.cluster.wording import aimed
from homeport.work.outside import Outside

Deploying = DeployCommon | Deploy | DeployManifests


def refused(job: Deploying, error: HomeportError, outside: Outside, name: str, declared: str = "") -> Deployed:
    """Return the failure of a job as a fact. ``name``: who is restarted to take over what others set.

    ``declared``: the place in the user's files that says what was refused, unless the error knows a better one.
    """
    what, hint, passing = error.what, error.hint or "", False
    if isinstance(error, ClusterError):
        hint, passing = advice(error, name), is_passing(error)
        if declared and _is_about_content(error):
            what = f"{declared}: {what}"
        if passing and isinstance(error, UnknownKind):  # of what is tried again only this sentence is told
            what, hint = f"{what}; {hint}", ""
    if isinstance(error, ConfigError) and error.mistakes:
        first = error.mistakes[0]
        what, hint = f"{_place(first, job.scene.graph.root)}{first.what}", first.hint or ""
    if (opened := outside.cloud.now) is not None:
        hint = aimed(hint, opened.context, opened.namespace)
    return Deployed(job.identity, error=what, hint=hint, passing=passing, at=outside.clock.now())


def _place(mistake: Mistake, root: str) -> str:
    if not mistake.file:
        return ""
    return f"{Where(mistake.file, mistake.line).below(root) if mistake.line else mistake.file}: "


def _is_about_content(error: ClusterError) -> bool:
    """Whether the cluster does not like what an object says, so that its author has to mend it."""
    if isinstance(error, FieldConflict) or is_passing(error):
        return False
    return error.reason == "Invalid" or error.code in (400, 422) or "admission webhook" in error.what
