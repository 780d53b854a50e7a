"""What the cluster's refusals mean, as errors with a next step."""

import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from homeport.ports.cluster import ClusterError, FieldConflict

T = TypeVar("T")

_HINTS: Final = {
    "Unauthorized": "log in to the cluster anew",
    "Forbidden": "name a namespace of yours with --namespace, ask for this right, or choose another context",
    "Invalid": "mend this field in the stack file or the manifest",
    "NotFound": "see what is there with kubectl get",
    "Conflict": "look who else changes the object: kubectl get --show-managed-fields",
}
_MISFIT: Final = re.compile(r"\btyped (?:patch|new) object\b|field not declared in schema")
_QUOTED: Final = re.compile(r"(?<!\w)'([^'\"\n]*)'(?!\w)")
_WORDS: Final = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 410: "Gone", 422: "Invalid"}


class Cause(Struct):
    """One of the reasons within a refusal."""

    reason: str = ""
    message: str = ""
    field: str = ""


class Details(Struct, rename="camel"):
    """What a refusal is about."""

    causes: list[Cause] | None = None
    retry_after_seconds: int = 0


class Status(Struct):
    """A verdict of the cluster."""

    status: str = ""
    message: str = ""
    reason: str = ""
    code: int = 0
    details: Details | None = None


def status_of(body: bytes, code: int) -> Status:
    """Return what an answer says; proxies in between answer with pages instead."""
    try:
        status = msgspec.json.decode(body, type=Status)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body[:200].decode("utf-8", "replace").strip()
        status = Status(message=text.splitlines()[0] if text and not text.startswith("<") else "")
    status.code = status.code or code
    if _MISFIT.search(status.message):  # what does not fit the schema is called a failure of the server
        status.reason = "Invalid"
    status.reason = status.reason or _WORDS.get(code, "")
    return status


def refusal(what: str, status: Status) -> ClusterError:
    """Return the error for a refused request; ``what`` is what we wanted: ``apply of Deployment "api"``."""
    said = _QUOTED.sub(r'"\1"', status.message) or f"the cluster answered {status.code}"
    causes = (status.details.causes if status.details else None) or []
    fields = [(_manager(cause), cause.field) for cause in causes if cause.reason == "FieldManagerConflict"]
    if fields:
        who = ", ".join(f'"{manager}" owns {field}' for manager, field in fields)
        return FieldConflict(
            f"{what} meets another owner: {who}",
            fields,
            hint="leave these fields out, or take them over by force",
        )
    return ClusterError(
        f"{what} was refused: {said}",
        reason=status.reason or "Failure",
        code=status.code,
        hint=_HINTS.get(status.reason, "see the events and logs of the cluster"),
    )


def decoded(what: str, body: bytes, kind: type[T]) -> T:
    """Return what an answer holds. Raises ClusterError for one that no cluster gives: a proxy's, a sign-in page."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        start = body[:60].decode("utf-8", "replace")
        raise ClusterError(
            f"{what} failed: the answer is not the JSON of a cluster: {start!r} ({error})",
            reason="Strange",
            hint="see whether the address in the kubeconfig is the cluster's own",
        ) from error


def event_failure(what: str, said: Any) -> ClusterError:
    """Return the error that a watch told in an event of its own."""
    return refusal(what, msgspec.convert(said, Status, strict=False))


def _manager(cause: Cause) -> str:
    """Return the manager in ``conflict with "kubectl" using apps/v1: .spec.replicas``."""
    parts = cause.message.split('"')
    return parts[1] if len(parts) > 2 else cause.message
