"""Probes: the same looks at a program, as the kubelet takes them; and what it cannot see."""

from math import ceil
from typing import Final

from lightkube.models import core_v1 as core
from msgspec import Struct

from homeport.model.parts import CommandProbe, HttpProbe, LogProbe, Probe, TcpProbe, Timing
from homeport.render.values import Speaker

PATIENCE: Final = 600
"""Seconds that a program may take to become ready the first time before it is started anew."""
CALM: Final = 5
"""Seconds between two looks at a program that is ready, when the file does not say."""


class Probes(Struct, frozen=True):
    """The probes of a container, and ``notices``: what of the file the kubelet cannot do."""

    startup: core.Probe | None = None
    readiness: core.Probe | None = None
    liveness: core.Probe | None = None
    notices: tuple[str, ...] = ()


def probes(ready: Probe | None, live: Probe | None, speaker: Speaker, *, listens: bool) -> Probes:
    """Return the probes of a container. One that ``listens`` is expected to accept connections, where nobody says more."""
    ready = ready or (TcpProbe() if listens else None)
    looks, first = _look(ready, speaker, "ready")
    beats, second = _look(live, speaker, "live")
    notices = (*first, *second)
    startup = _timed(looks, ready.timing, starting=True) if looks is not None and ready is not None else None
    readiness = _timed(looks, ready.timing) if looks is not None and ready is not None else None
    liveness = _timed(beats, live.timing, living=True) if beats is not None and live is not None else None
    return Probes(startup, readiness, liveness, notices)


def _look(probe: Probe | None, speaker: Speaker, word: str) -> tuple[core.Probe | None, tuple[str, ...]]:
    """Return what a probe looks at, without its timing, and what it cannot see."""
    match probe:
        case HttpProbe():
            return _http(probe, speaker, word)
        case TcpProbe():
            return core.Probe(tcpSocket=core.TCPSocketAction(port=speaker.port(probe.port or ""))), ()
        case CommandProbe():
            argv = speaker.argv(probe.run, f"the command of {word}=")
            return core.Probe(exec=core.ExecAction(command=argv)), ()
        case LogProbe():
            return None, (f"{word}= looks at the log, which Kubernetes cannot: there is no such probe",)
        case None:
            return None, ()


def _http(probe: HttpProbe, speaker: Speaker, word: str) -> tuple[core.Probe | None, tuple[str, ...]]:
    port = speaker.port(probe.port or "")
    if any(not 200 <= status < 400 for status in probe.statuses):
        said = f"{word}= expects a status that Kubernetes takes for a failure: the probe only connects"
        return core.Probe(tcpSocket=core.TCPSocketAction(port=port)), (said,)
    spelled = {name: speaker.spell(value, name) for name, value in probe.headers.items()}
    if any(each.secret or each.text is None for each in spelled.values()):
        said = f"{word}= sends a secret, which everybody could read in a probe: the probe only connects"
        return core.Probe(tcpSocket=core.TCPSocketAction(port=port)), (said,)
    headers = [core.HTTPHeader(name=name, value=each.text or "") for name, each in spelled.items()]
    notices = (f"{word}= expects other statuses than Kubernetes, which takes 200 to 399",) if probe.statuses else ()
    return core.Probe(httpGet=core.HTTPGetAction(path=probe.path, port=port, httpHeaders=headers or None)), notices


def _timed(look: core.Probe, timing: Timing, *, starting: bool = False, living: bool = False) -> core.Probe:
    """Return the probe with its timing, in whole seconds: eager while the program starts, calm afterwards."""
    every = _whole(timing.every if timing.every is not None else 1 if starting else CALM)
    return core.Probe(
        exec=look.exec,
        httpGet=look.httpGet,
        tcpSocket=look.tcpSocket,
        initialDelaySeconds=ceil(timing.after) or None if starting or living else None,
        periodSeconds=every,
        timeoutSeconds=_whole(timing.timeout),
        successThreshold=timing.successes if timing.successes > 1 and not starting and not living else None,
        failureThreshold=max(1, ceil(PATIENCE / every)) if starting else timing.failures,
    )


def _whole(seconds: float) -> int:
    return max(1, ceil(seconds))
