"""The cluster's long messages, cut down to what a person needs of them."""

import re
import shlex
from typing import Final

SHOWN: Final = 240
"""Letters of somebody else's message within a sentence of ours."""

SIGNALS: Final = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
    11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
}  # fmt: skip
"""Linux' own numbers: containers run there, wherever we do."""

_PULL: Final = re.compile(
    r'rpc error: code = \w+ desc = |failed to pull and unpack image "[^"]*": |failed to resolve (?:reference|image) "[^"]*": '
    r'|failed to do request: (?:Head|Get) "[^"]*": |failed to (?:authorize|copy|fetch oauth token|fetch anonymous token): '
    r'|Failed to pull image "[^"]*": |Error response from daemon: |Back-off pulling image "[^"]*"(?:: ErrImagePull: )?'
    r"|dial tcp: |\S+: (?=not found)"
)
_STARTED: Final = re.compile(
    r"(?:failed to [\w ]+: |OCI runtime \w+ failed: |runc \w+ failed: |unable to [\w ]+: |exec: )+"
)

_CREATE: Final = re.compile(
    r"^(?:\(combined from similar events\): )?(?:Error creating: |create Pod \S+ in \S+ \S+ failed error: )?"
)


def aimed(hint: str, context: str, namespace: str) -> str:
    """Return a hint whose ``kubectl`` commands, quoted ones, say which cluster and which namespace they are about."""
    if '"kubectl ' not in hint:
        return hint
    there = f"--context {shlex.quote(context)}"
    within = f"{there} -n {shlex.quote(namespace)}"
    return _COMMAND.sub(lambda said: f'"kubectl {there if said[2] in _WIDE or said[3] else within} {said[1]}', hint)


_COMMAND: Final = re.compile(r'"kubectl (?!config )(\w+ (\w+)[^"]*?(?P<own> -n [^"]*)?(?="))')
_WIDE: Final = frozenset(
    {"clusterrole", "clusterrolebinding", "crd", "customresourcedefinition", "namespace", "namespaces", "node",
     "nodes", "persistentvolume", "priorityclass", "storageclass", "storageclasses"}
)  # fmt: skip
"""What is in no namespace."""


def shortened(text: str, longest: int = SHOWN) -> str:
    """Return the text on one line, cut where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def pull(message: str) -> str:
    """Return the registry's own words out of the kubelet's and the runtime's."""
    before = None
    while before != message:
        before, found = message, _PULL.match(message)
        message = message[found.end() :] if found else message
    return shortened(message)


def scheduler(message: str) -> str:
    """Return why no node takes a pod: ``1 Insufficient cpu``; what preemption would not help with is left out."""
    told = message.partition("nodes are available: ")[2] or message
    return shortened(re.split(r"\. (?=[a-z]|$)|\.$|(?<=PersistentVolumeClaims)\.", told)[0])


def start(message: str) -> str:
    """Return why a program cannot be started: ``"/x": stat /x: no such file or directory``."""
    found = _STARTED.search(message)
    return shortened(message[found.end() if found else 0 :].removesuffix(": unknown"))


def creation(message: str) -> str:
    """Return why a pod cannot be made, without the name that it would have had."""
    told = _CREATE.sub("", message, count=1)
    return shortened(re.sub(r'^pods "[^"]*" is forbidden: ', "", told))


def ending(code: int, signal: int | None = None) -> str:
    """Return how a program ended: ``exit code 3``, or the signal that killed it."""
    number = signal or (code - 128 if 128 < code <= 192 else 0)
    return f"{SIGNALS.get(number, f'signal {number}')}" if number else f"exit code {code}"


def counted(number: int, what: str) -> str:
    """Return ``1 restart`` and ``2 restarts``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
