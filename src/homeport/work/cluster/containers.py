"""Why a container does not run, or is not ready; and what it is about while it may be."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from homeport.work.cluster import wording
from homeport.work.seen.events import Happening, seconds

Status = Mapping[str, Any]
Spec = Mapping[str, Any]

PATIENCE: Final = 60.0
"""Seconds that a program without a startup probe may take until it is ready: its readiness probe fails meanwhile."""
_PULLS: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ErrImageNeverPull",
                           "ImageInspectError", "SignatureValidationFailed"})  # fmt: skip
_PASSING: Final = ("pull QPS exceeded", "timed out waiting for the condition")
"""What the kubelet says of what it puts off, a pull or reading a ConfigMap: many at once, and no trouble."""


class Trouble(Struct, frozen=True):
    """A sentence and what to do next. ``lines``: its last lines explain it, of the run before with ``previous``."""

    what: str
    hint: str = ""
    lines: bool = False
    previous: bool = False


def trouble(status: Status, spec: Spec, events: Sequence[Happening], *, init: bool, once: bool) -> Trouble | None:
    """Return why a container does not get ready by itself. ``once``: it is not started again, and its owner judges its end."""
    waiting = (status.get("state") or {}).get("waiting") or {}
    reason, message = waiting.get("reason", ""), waiting.get("message") or ""
    image = f'the image "{spec.get("image", status.get("image", ""))}"'
    if reason == "InvalidImageName":
        said = wording.shortened(message.rpartition("invalid reference format")[2].lstrip(": "))
        return Trouble(
            f"{image} has no valid name{f': {said}' if said else ''}", "write it as NAME:TAG, in small letters"
        )
    if reason in _PULLS:
        return _unpulled(image, reason, message, events)
    if reason == "CreateContainerConfigError":
        if any(words in message for words in _PASSING):
            return None
        return _misconfigured(_called(status, init), message)
    if reason in {"CreateContainerError", "RunContainerError", "PreCreateHookError", "PreStartHookError"}:
        return Trouble(f"{_called(status, init)} cannot be started: {wording.start(message)}", _START)
    return _ended(status, spec, events, init=init, once=once) or _unready(status, spec, events)


def stage(status: Status, init: bool, events: Sequence[Happening]) -> str:
    """Return what a container that is not ready is about; nothing when it holds nobody up."""
    state = status.get("state") or {}
    mine = [event for event in events if event.container == status["name"]]
    if "running" in state:
        if init:
            return (
                ""
                if status.get("started") and status.get("ready")
                else f'running the init container "{status["name"]}"'
            )
        return "" if status.get("ready") else _looking(status, mine)
    if (ended := state.get("terminated")) is not None:
        good = init and not ended.get("exitCode")
        return "" if good else f"{_called(status, init)} ended with {_how(ended)}"
    last = max(mine, key=lambda event: event.last, default=None)
    if (state.get("waiting") or {}).get("reason") in _PULLS:
        return "waiting for its turn to pull the image"
    if last is not None and last.reason == "Pulling":
        return f"pulling the image {last.message.removeprefix('Pulling image ')}"
    return ""


_KILLED: Final = frozenset({137, 143})
"""Exit codes after a kill and after being asked to end."""
_START: Final = "see that the program is in the image, and may be run"


def _called(status: Status, init: bool) -> str:
    return f'the {"init container" if init else "container"} "{status["name"]}"'


def _how(ended: Mapping[str, Any]) -> str:
    return wording.ending(ended.get("exitCode", 0), ended.get("signal"))


def _unpulled(image: str, reason: str, message: str, events: Sequence[Happening]) -> Trouble | None:
    said = wording.pull(message)
    if not said or said in {"ErrImagePull", "ImagePullBackOff"}:
        told = [event.message for event in events if event.message.startswith("Failed to pull image")]
        said = wording.pull(told[-1]) if told else reason
    if any(words in said for words in _PASSING):
        return None
    hint = next((hint for words, hint in _PULL_HINTS if any(word in said.lower() for word in words)), _PULL_HINT)
    return Trouble(f"{image} cannot be pulled: {said}", hint)


_PULL_HINT: Final = "see whether the cluster can reach the registry"
_PULL_HINTS: Final = (
    (("not found", "manifest unknown", "name unknown"), "see its name and tag, and whether it was pushed"),
    (
        ("unauthorized", "denied", "authorization", "forbidden", "401", "403"),
        "give the cluster a login: imagePullSecrets",
    ),
    (("policy of never",), "load the image into the cluster, or let it be pulled"),
    (("http response to https",), "have the cluster's runtime speak plain HTTP with this registry"),
    (("certificate", "x509"), "have the cluster's runtime trust the registry's certificate"),
)


def _misconfigured(who: str, message: str) -> Trouble:
    said = wording.shortened(message.partition(" (pod: ")[0])
    words = said.split()
    if said.startswith("couldn't find key ") and len(words) >= 7:
        where = words[6].rpartition("/")[2]
        return Trouble(
            f'{words[5]} "{where}", which {who} needs, has no key "{words[3]}"', "add the key, or mend its name"
        )
    if said.endswith(" not found"):
        kind, _space, rest = said.removesuffix(" not found").partition(" ")
        kind = {"secret": "Secret", "configmap": "ConfigMap"}.get(kind, kind)
        return Trouble(f"{kind} {rest}, which {who} needs, is not there", "create it, or mend its name")
    if "runAsNonRoot" in said:
        why = "its image would" if said.endswith("image will run as root") else said
        hint = "name a user: user= of container(...), or USER in the Dockerfile"
        return Trouble(f"{who} must not run as root: {why}", hint)
    return Trouble(f"{who} cannot be made: {said}", "see what it is to read, and as whom it is to run")


def _ended(status: Status, spec: Spec, events: Sequence[Happening], *, init: bool, once: bool) -> Trouble | None:
    """Return that it keeps ending: not for one end, after which it is started again."""
    state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated")
    now = state.get("terminated")
    ended = now or last
    restarts = status.get("restartCount", 0)
    if ended is None or status.get("ready"):
        return None
    who, code = _called(status, init), ended.get("exitCode", 0)
    if init and now is not None and not code:
        return None
    if ended.get("reason") in {"StartError", "ContainerCannotRun"}:
        return Trouble(f"{who} cannot be started: {wording.start(ended.get('message') or _how(ended))}", _START)
    if once:
        return None
    often = f" ({wording.counted(restarts, 'restart')})" if restarts else ""
    if ended.get("reason") == "OOMKilled":
        limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
        of = f" of {limit}" if limit else ""
        return Trouble(f"{who} ran out of memory, and was killed at its limit{of}{often}",
                       "allow it more (memory= of service(...), as a pair), or have it use less", True, now is None)  # fmt: skip
    is_looping = (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff"
    if not is_looping and restarts < (1 if now is not None else 2):
        return None
    if (probe := _killed_by_probe(ended, events)) is not None:
        return Trouble(f"{who} was ended by its {probe}{often}", _probe_hint(probe), True, now is None)
    hint = "see its last lines" if code else "a service stays in the foreground; what is to end is a task"
    return Trouble(f"{who} keeps ending with {_how(ended)}{often}", hint, True, now is None)


def _killed_by_probe(ended: Mapping[str, Any], events: Sequence[Happening]) -> str | None:
    began, killed = seconds(ended.get("startedAt")), ended.get("exitCode") in _KILLED
    for kind in ("liveness", "startup"):
        told = [event for event in events if f"failed {kind} probe" in event.message]
        # The kubelet tells of the same thing less and less often: of a later kill it may not have told, nor of its looks.
        if any(killed or event.last >= began for event in told):
            said = _probe_says(f"{kind.capitalize()} probe", events, 0.0)
            return f"{kind} probe{f', which failed: {said}' if said else ''}"
    return None


def _probe_says(probe: str, events: Sequence[Happening], since: float) -> str:
    """Return what a probe last said since then, in its own words without its name."""
    found = _probing(probe, events, since)
    return wording.shortened(found.message.partition(": ")[2]) if found is not None else ""


def _probing(probe: str, events: Sequence[Happening], since: float) -> Happening | None:
    told = [event for event in events if event.reason == "Unhealthy" and event.message.startswith(probe)]
    return max((event for event in told if event.last >= since), key=lambda event: event.last, default=None)


def _unready(status: Status, spec: Spec, events: Sequence[Happening]) -> Trouble | None:
    """Return that the readiness probe of a running program fails: as often as it may, and not just since it starts."""
    running = (status.get("state") or {}).get("running")
    probe = spec.get("readinessProbe")
    if running is None or status.get("ready") or probe is None or status.get("started") is False:
        return None
    began = seconds(running.get("startedAt"))
    found = _probing("Readiness probe", events, began)
    if found is None:
        return None
    lasts = found.last - max(found.first, began)
    patience = 0.0 if "startupProbe" in spec else PATIENCE
    if found.count < probe.get("failureThreshold", 3) or lasts < patience:
        return None
    said = _probe_says("Readiness probe", events, began)
    return Trouble(f'the container "{status["name"]}" fails its readiness probe: {said}', _probe_hint(said), True)


_NOBODY: Final = re.compile(r"dial tcp \S+:(\d+): connect: connection refused")


def _probe_hint(said: str) -> str:
    """Return what to do about a probe that said this: probes come from outside, as other pods do."""
    if (found := _NOBODY.search(said)) is not None:
        return f"does it listen on 0.0.0.0:{found[1]}? at 127.0.0.1 nobody outside of the pod reaches it; see its logs"
    return "see its logs, and what the probe asks"


def _looking(status: Status, events: Sequence[Happening]) -> str:
    """Return what the probes of a program that starts say."""
    began = seconds((status["state"]["running"] or {}).get("startedAt"))
    for probe in ("Startup probe", "Readiness probe"):
        if said := _probe_says(probe, events, began):
            return f"not ready yet: {said}"
    return "not ready yet"
