"""The cluster does not know us any more: a token was withdrawn, and there is another one, at once or later."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from drills.drill import Drill, Figure, Values, insist
from drills.pods import OTHERS, PROMPT, TESTBED, Town, api_server, kubeconfig, kubectl, lacks, settled
from drills.stage import PROGRAMS, Stage
from drills.waiting import until


class Guest:
    """A ServiceAccount of the cluster, with the rights of its keeper, whose tokens can be withdrawn."""

    def __init__(self, name: str) -> None:
        self.name = name

    def come(self) -> str:
        """Have the account, and return a token of it."""
        labels = {"app.kubernetes.io/name": "drill"}
        for made in (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}},
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "guest", "namespace": self.name}},
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": self.name, "labels": labels},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "guest", "namespace": self.name}],
            },
        ):
            kubectl("apply", "-f", "-", given=json.dumps(made))
        return kubectl("-n", self.name, "create", "token", "guest", "--duration=10m").strip()

    def withdraw(self, token: str) -> None:
        """Have the cluster refuse the token, and wait until it does."""
        kubectl("-n", self.name, "delete", "serviceaccount", "guest")
        until(lambda: not self._knows(token), "the API server still takes the token", 60, 0.2)

    def _knows(self, token: str) -> bool:
        host, port = api_server()
        words = (f"--server=https://{host}:{port}", "--insecure-skip-tls-verify", f"--token={token}")
        return bool(kubectl("--kubeconfig=/dev/null", *words, "get", "--raw", "/readyz", check=False))

    def leave(self) -> None:
        """Have it removed."""
        kubectl("delete", "clusterrolebinding", self.name, "--ignore-not-found", check=False)
        kubectl("delete", "namespace", self.name, "--ignore-not-found", "--wait=false", check=False)


@contextmanager
def _guest(stage: Stage) -> Iterator[Guest]:
    guest = Guest(f"drill-{stage.mark[:8]}-guest")
    try:
        yield guest
    finally:
        guest.leave()


def _drilled(stage: Stage, user: Callable[[str], dict[str, Any]], act: Callable[[Town, Guest, str], Values]) -> Values:
    with _guest(stage) as guest, settled(stage) as town:
        token = guest.come()
        host, port = api_server()
        kubeconfig(stage, f"https://{host}:{port}", user(token))
        town.write()
        return act(town, guest, token)


def withdrawn(stage: Stage) -> Values:
    """Withdraw the token of a kubeconfig; later write a new one into it."""
    return _drilled(stage, lambda token: {"token": token}, _withdrawn)


def _withdrawn(town: Town, guest: Guest, token: str) -> Values:
    town.up()
    before = town.pods()
    guest.withdraw(token)
    town.save()
    red = town.until_red("unauthorized", "log in")
    others = town.reload_here()
    host, port = api_server()
    kubeconfig(town.stage, f"https://{host}:{port}", {"token": guest.come()})
    healed = town.until_well()
    town.insist_same(before)
    return {"red": red, "healed": healed, "others": others}


def renewed(stage: Stage) -> Values:
    """Withdraw a token that a login program gave; it has another one by then."""
    passport = stage.folder / "token"

    def user(token: str) -> dict[str, Any]:
        passport.write_text(token)
        return {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": str(PROGRAMS / "log_in.sh"),
                "env": [{"name": "PASSPORT", "value": str(passport)}],
                "interactiveMode": "Never",
            }
        }

    return _drilled(stage, user, _renewed)


def _renewed(town: Town, guest: Guest, token: str) -> Values:
    context = kubectl("config", "current-context").strip()
    town.up("--context", context, "--allow-context")
    before, passport = town.pods(), town.stage.folder / "token"
    guest.withdraw(token)
    passport.write_text(guest.come())
    began = time.monotonic()
    town.save()
    town.until_saved(PROMPT)
    kubectl("-n", town.name, "scale", "deployment", "other", "--replicas=0")
    until(lambda: not town.node("other").replicas, "what happens in the cluster is not heard", PROMPT)
    kubectl("-n", town.name, "scale", "deployment", "other", "--replicas=1")
    town.until_well()
    healed = time.monotonic() - began
    logins = int((town.stage.folder / "token.count").read_text().count("\n"))
    insist(town.pods("page").items() <= before.items(), "the page's pod was replaced")
    town.insist_single()
    return {"healed": healed, "logins": logins, "others": town.reload_here()}


_OTHERS = Figure("a process's reload meanwhile", "others", limit=OTHERS)

DRILLS = (
    Drill(
        "token-withdrawn",
        "A token that the cluster does not take any more is told; a new one in the kubeconfig is taken up",
        withdrawn,
        (Figure("red after", "red", limit=PROMPT), Figure("healed after", "healed", limit=PROMPT), _OTHERS),
        2,
        TESTBED,
        lacks,
    ),
    Drill(
        "login-renewed",
        "A login program is asked again when its token is not taken any more, and nobody notices",
        renewed,
        (Figure("all well after", "healed", limit=PROMPT), Figure("logins", "logins", "", 6.0), _OTHERS),
        2,
        0,
        lacks,
    ),
)
