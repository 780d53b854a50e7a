"""kubeconfig files: merged as kubectl does it, pinned, and wrong ones told with file and next step."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from homeport.adapters.kubernetes.access import Access, pin
from homeport.adapters.kubernetes.kubeconfig import Plugin
from homeport.adapters.kubernetes.local import doubt, own_addresses
from homeport.adapters.kubernetes.proxies import proxy_for
from homeport.model.errors import OutsideError


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config(current: str = "", /, **parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a kubeconfig of contexts, clusters and users by their names."""
    made: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "current-context": current}
    for kind, entries in parts.items():
        made[f"{kind}s"] = [{"name": name, kind: entry} for name, entry in entries.items()]
    return made


class Folder:
    """A home with kubeconfig files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: list[str] = []

    def write(self, name: str, content: dict[str, Any] | str) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        self.files.append(str(file))
        return str(file)

    def pin(self, context: str | None = None, **environ: str) -> Access:
        return pin({"KUBECONFIG": os.pathsep.join(self.files), **environ}, str(self.path), context)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def simple(server: str = "https://a.example:6443", **user: Any) -> dict[str, Any]:
    return config(
        "c", context={"c": {"cluster": "k", "user": "u"}}, cluster={"k": {"server": server}}, user={"u": user}
    )


class TestMerging:
    """What several files say together."""

    def test_the_first_file_wins_and_entries_are_whole(self, folder: Folder) -> None:
        """The first current context counts, and an entry of a later file adds nothing to one of the same name."""
        folder.write("one", config("c", context={"c": {"cluster": "k", "user": "u"}}, user={"u": {"token": "t1"}}))
        other = config("d", cluster={"k": {"server": "https://k"}}, user={"u": {"token": "t2", "as": "boss"}})
        folder.write("two", other)
        access = folder.pin()
        assert (access.context, access.server, access.token, access.impersonate) == ("c", "https://k", "t1", ())

    def test_missing_files_are_passed_over(self, folder: Folder) -> None:
        """A list may name files that are not there yet, and empty places."""
        folder.write("one", simple())
        assert pin({"KUBECONFIG": f":/no/such/file:{folder.files[0]}:"}, "/").context == "c"

    def test_the_home_folder_counts_without_a_list(self, folder: Folder) -> None:
        """Without KUBECONFIG it is ~/.kube/config."""
        folder.write(".kube/config", simple())
        assert pin({}, str(folder.path)).server == "https://a.example:6443"

    def test_paths_are_relative_to_their_file_and_data_wins(self, folder: Folder) -> None:
        """Each file's paths begin where it lies; bytes in the file count more than a path."""
        (folder.path / "sub").mkdir()
        for name in ("ca.pem", "key.pem"):
            (folder.path / "sub" / name).write_text(name)
        user = {"client-certificate-data": b64("cert"), "client-certificate": "/none", "client-key": "key.pem"}
        content = simple(**user)
        content["clusters"][0]["cluster"]["certificate-authority"] = "ca.pem"
        folder.write("sub/config", content)
        access = folder.pin()
        assert (access.authority, access.certificate) == (b"ca.pem", b"cert\nkey.pem")

    def test_every_field_arrives(self, folder: Folder) -> None:
        """Namespace, TLS, proxy, plugin and impersonation are pinned."""
        plugin = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "./login", "args": ["a"]}
        content = simple(exec=plugin, **{"as": "boss", "as-groups": ["g"], "tokenFile": "t"})
        content["contexts"][0]["context"]["namespace"] = "shop"
        more = {"insecure-skip-tls-verify": True, "tls-server-name": "k.example", "proxy-url": "http://p:3128"}
        content["clusters"][0]["cluster"].update(more, extensions=[{"extension": {"provider": "minikube.sigs.k8s.io"}}])
        file = folder.write("config", content)
        access = folder.pin()
        assert access == Access(
            context="c",
            server="https://a.example:6443",
            namespace="shop",
            insecure=True,
            server_name="k.example",
            proxy="http://p:3128",
            token_file=str(folder.path / "t"),
            plugin=Plugin("client.authentication.k8s.io/v1beta1", "./login", ["a"]),
            impersonate=(("Impersonate-User", "boss"), ("Impersonate-Group", "g")),
            folder=os.path.dirname(file),
            maker="minikube.sigs.k8s.io",
            files=(file,),
        )

    def test_a_pinned_context_does_not_change(self, folder: Folder) -> None:
        """What use-context does later is another start's business."""
        folder.write("config", simple())
        access = folder.pin()
        (folder.path / "config").write_text("current-context: other\n")
        assert (access.context, access.server) == ("c", "https://a.example:6443")

    def test_texts_that_look_like_dates_are_texts(self, folder: Folder) -> None:
        """A token of digits and the date of a login stay what they are."""
        provider = "{name: oidc, config: {id-token: abc, expiry: 2026-11-21T00:00:00Z}}"
        users = f"users:\n- name: u\n  user: {{auth-provider: {provider}}}\n"
        plain = simple()
        del plain["users"]
        folder.write("config", yaml.safe_dump(plain) + users)
        assert folder.pin().provider == "abc"

    def test_inside_a_pod(self, tmp_path: Path) -> None:
        """Without any file the service account of the pod that we run in counts."""
        for name, text in {"token": "t", "ca.crt": "CA", "namespace": "shop\n"}.items():
            (tmp_path / name).write_text(text)
        environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
        access = pin(environ, "/nowhere", account=str(tmp_path))
        assert (access.server, access.namespace, access.authority) == ("https://[fd00::1]:443", "shop", b"CA")
        assert access.token_file == str(tmp_path / "token")


class TestMistakes:
    """Each wrong file is one sentence with the file, and a next step."""

    def told(self, folder: Folder, context: str | None = None) -> tuple[str, str]:
        with pytest.raises(OutsideError) as raised:
            folder.pin(context)
        assert raised.value.hint is not None
        return raised.value.what.replace(str(folder.path), "HOME"), raised.value.hint

    def test_an_unknown_context(self, folder: Folder) -> None:
        """The nearest name is offered."""
        folder.write("config", simple())
        assert self.told(folder, "d") == ('there is no context "d" in "HOME/config"', 'known: "c"')

    def test_no_file(self, folder: Folder) -> None:
        """Where it was looked for is said."""
        folder.files.append(str(folder.path / "config"))
        assert self.told(folder)[0] == 'there is no kubeconfig at "HOME/config"'

    def test_no_current_context(self, folder: Folder) -> None:
        """How to choose one is said."""
        folder.write("config", simple() | {"current-context": ""})
        said = ('"HOME/config" names no current context', 'choose one: "kubectl config use-context NAME"')
        assert self.told(folder) == said

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("a: [", 'the kubeconfig "HOME/config:2" is not right'),
            ("contexts: 7", 'the kubeconfig "HOME/config" is not right: Expected `array | null`, got `int`'),
            (simple(server="ftp://x"), 'the server "ftp://x" in "HOME/config" is not an address'),
            (simple(**{"client-key-data": b64("k")}), 'a user in "HOME/config" has half a certificate'),
            (simple(**{"client-key-data": "?"}), 'client-key-data in "HOME/config" is not base64'),
            (simple(**{"client-key": "no.pem"}), '"HOME/no.pem", named in "HOME/config", cannot be read'),
            (simple(**{"auth-provider": {"name": "gcp"}}), 'the login "gcp" in "HOME/config" has no token'),
            (config("c", context={"c": {"cluster": "k"}}), 'the context "c" in "HOME/config" names the cluster "k"'),
            (simple() | {"users": []}, 'the context "c" in "HOME/config" names the user "u", who is not there'),
        ],
    )
    def test_wrong_content(self, folder: Folder, content: Any, said: str) -> None:
        """What is wrong, and where."""
        folder.write("config", content)
        assert self.told(folder)[0].startswith(said)


PLUGIN = Plugin("client.authentication.k8s.io/v1", "aws")


@pytest.mark.parametrize(
    ("local", "context", "server", "more"),
    [
        (True, "kind-shop", "https://127.0.0.1:40117", {}),
        (True, "k3d-shop", "https://0.0.0.0:6550", {}),
        (True, "testbed", "https://127.0.0.1:6443", {}),
        (True, "default", "https://[::1]:6443", {}),
        (True, "default", "https://10.0.0.5:6443", {}),
        (True, "docker-desktop", "https://kubernetes.docker.internal:6443", {}),
        (True, "minikube", "https://192.168.49.2:8443", {}),
        (True, "second", "https://192.168.49.2:8443", {"maker": "minikube.sigs.k8s.io"}),
        (True, "colima-work", "https://192.168.106.2:6443", {}),
        (True, "orbstack", "https://k8s.orb.local:26443", {}),
        (False, "prod", "https://10.0.0.6:6443", {}),
        (False, "prod", "https://k8s.example.com", {}),
        (False, "kind-shop", "https://34.1.2.3:443", {}),
        (False, "minikube", "https://minikube.example.com", {}),
        (False, "kindergarten", "https://192.168.49.2:8443", {}),
        (False, "prod", "https://127.0.0.1:6443", {"server_name": "prod.example.com"}),
        (False, "prod", "https://127.0.0.1:6443", {"plugin": PLUGIN}),
        (False, "prod", "https://127.0.0.1:6443", {"provider": "token"}),
        (False, "kind-shop", "https://127.0.0.1:6443", {"proxy": "http://proxy:3128"}),
        (False, "prod", "https://localhost.example.com", {}),
    ],
)
def test_what_looks_local(local: bool, context: str, server: str, more: dict[str, Any]) -> None:
    """An address of this machine, or a local cluster's name with a private address, and nothing that smells of a tunnel."""
    assert (not doubt(Access(context=context, server=server, **more), own={"10.0.0.5"})) is local


def test_this_machine_has_addresses() -> None:
    """Loopback is among them, link layer addresses are not."""
    assert "127.0.0.1" in own_addresses()


@pytest.mark.parametrize(
    ("proxy", "server", "named", "environ"),
    [
        (None, "https://k.example", None, {}),
        ("http://p:1", "https://k.example", "http://p:1", {"NO_PROXY": "*"}),
        ("http://p:1", "https://k.example", None, {"HTTPS_PROXY": "p:1"}),
        ("http://p:1", "https://k.example", None, {"https_proxy": "http://p:1", "NO_PROXY": "other.example"}),
        (None, "https://127.0.0.1:6443", None, {"HTTPS_PROXY": "p:1"}),
        (None, "https://localhost:6443", None, {"HTTPS_PROXY": "p:1"}),
        (None, "https://k.example", None, {"HTTPS_PROXY": "p:1", "NO_PROXY": "x, example"}),
        (None, "https://k.example:6443", None, {"HTTPS_PROXY": "p:1", "NO_PROXY": ".example:6443"}),
        ("http://p:1", "https://k.example:6443", None, {"HTTPS_PROXY": "p:1", "NO_PROXY": "k.example:443"}),
        (None, "https://10.1.2.3", None, {"HTTPS_PROXY": "p:1", "no_proxy": "10.0.0.0/8"}),
        ("http://p:1", "https://11.1.2.3", None, {"HTTPS_PROXY": "p:1", "no_proxy": "10.0.0.0/8"}),
        (None, "http://k.example", None, {"HTTPS_PROXY": "p:1"}),
    ],
)
def test_which_proxy(proxy: str | None, server: str, named: str | None, environ: dict[str, str]) -> None:
    """The one that the kubeconfig names, else the environment's, by the rules that kubectl follows."""
    assert proxy_for(server, named, environ) == proxy


def test_a_proxy_of_another_kind_is_refused() -> None:
    """A sentence, since requests would go another way than the file says."""
    with pytest.raises(OutsideError, match=r'the proxy "socks5://p:1" is of a kind that is not supported'):
        proxy_for("https://k", "socks5://p:1", {})
