"""One context, pinned: a copy of all that is needed to speak to its cluster, whatever happens to the files later."""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from homeport.adapters.kubernetes.kubeconfig import Cluster, Kubeconfig, Plugin, User, files_of, read
from homeport.kit.suggest import did_you_mean
from homeport.model.errors import OutsideError

SERVICE_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_WRITE_ONE: Final = "have the tool of your cluster write a kubeconfig, or name one by KUBECONFIG"


class Access(Struct, frozen=True):
    """How to speak to one cluster.

    ``context`` is its name for people. ``authority``: PEM of whom to trust, empty for the system's. ``certificate``: PEM of our
    certificate and key together. ``folder``: where relative commands of the plugin begin. ``maker``: the program that
    wrote the entry and signed it, such as ``minikube.sigs.k8s.io``. ``files``: where all this was read.
    """

    context: str
    server: str
    namespace: str = "default"
    authority: bytes = b""
    insecure: bool = False
    server_name: str | None = None
    proxy: str | None = None
    certificate: bytes = b""
    token: str | None = None
    token_file: str | None = None
    basic: tuple[str, str] | None = None
    plugin: Plugin | None = None
    provider: str | None = None
    impersonate: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    maker: str = ""
    files: tuple[str, ...] = ()


def pin(environ: Mapping[str, str], home: str, context: str | None = None, account: str = SERVICE_ACCOUNT) -> Access:
    """Return the wanted context, else the current one, else the cluster in whose pod we run. Raises OutsideError."""
    files = files_of(environ, home)
    config = read(files)
    if not config.contexts and context is None and (inside := in_cluster(environ, account)) is not None:
        return inside
    where = ", ".join(f'"{file}"' for file in config.files or files)
    if not config.files:
        raise OutsideError(f"there is no kubeconfig at {where}", hint=_WRITE_ONE)
    name = context or config.current
    if not name:
        raise OutsideError(f"{where} names no current context", hint='choose one: "kubectl config use-context NAME"')
    if name not in config.contexts:
        raise OutsideError(
            f'there is no context "{name}" in {where}',
            hint=did_you_mean(name, config.contexts, nothing='list them: "kubectl config get-contexts"'),
        )
    return _resolve(config, name)


def in_cluster(environ: Mapping[str, str], account: str = SERVICE_ACCOUNT) -> Access | None:
    """Return the access that a pod's service account gives, or None outside of pods."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    token = os.path.join(account, "token")
    if not host or not port or not os.path.exists(token):
        return None
    namespace = Path(account, "namespace")
    return Access(
        context="in-cluster",
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        namespace=namespace.read_text().strip() if namespace.exists() else "default",
        authority=_file(os.path.join(account, "ca.crt"), account),
        token_file=token,
    )


def _resolve(config: Kubeconfig, name: str) -> Access:
    context, home = config.contexts[name], config.homes["context", name]
    cluster = config.clusters.get(context.cluster)
    if cluster is None or not cluster.server:
        raise OutsideError(
            f'the context "{name}" in "{home}" names the cluster "{context.cluster}", which has no address there',
            hint=did_you_mean(context.cluster, config.clusters, nothing=_WRITE_ONE),
        )
    user = config.users.get(context.user, User() if not context.user else None)
    if user is None:
        raise OutsideError(
            f'the context "{name}" in "{home}" names the user "{context.user}", who is not there',
            hint=did_you_mean(context.user, config.users, nothing=_WRITE_ONE),
        )
    at = config.homes["cluster", context.cluster]
    by = config.homes.get(("user", context.user), home)
    return Access(
        context=name,
        server=_server(cluster.server, at),
        namespace=context.namespace or "default",
        authority=_pem(cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority", at),
        insecure=cluster.insecure_skip_tls_verify,
        server_name=cluster.tls_server_name,
        proxy=cluster.proxy_url,
        certificate=_certificate(user, by),
        token=user.token,
        token_file=_beside(user.token_file, by) if user.token_file else None,
        basic=(user.username, user.password or "") if user.username else None,
        plugin=user.exec,
        provider=_provided(user, by),
        impersonate=tuple(_impersonation(user)),
        folder=os.path.dirname(os.path.abspath(by)),
        maker=_maker(cluster),
        files=config.files,
    )


def again(access: Access) -> Access:
    """Return what the same files say by now of the same context: whoever logged in anew wrote it there.

    Raises OutsideError when they cannot be read, or lead to another cluster: a login is for the one that was pinned.
    """
    config = read(access.files)
    if access.context not in config.contexts:
        raise OutsideError(f'there is no context "{access.context}" any more', hint="log in to the cluster anew")
    found = _resolve(config, access.context)
    if (found.server, found.authority) != (access.server, access.authority):
        raise OutsideError(
            f'the context "{access.context}" leads to {found.server} by now',
            hint="let it lead there again, or start anew",
        )
    return found


def _server(server: str, file: str) -> str:
    if not server.startswith(("https://", "http://")):
        if "://" in server:
            raise OutsideError(f'the server "{server}" in "{file}" is not an address', hint="it begins with https://")
        server = f"https://{server}"  # as kubectl reads it when there is a user to protect
    return server.rstrip("/")


def _certificate(user: User, file: str) -> bytes:
    certificate = _pem(user.client_certificate_data, user.client_certificate, "client-certificate", file)
    key = _pem(user.client_key_data, user.client_key, "client-key", file)
    if bool(certificate) != bool(key):
        missing = "client-key" if certificate else "client-certificate"
        raise OutsideError(f'a user in "{file}" has half a certificate: no {missing}', hint=_WRITE_ONE)
    return certificate + b"\n" + key if certificate else b""


def _pem(data: str | None, path: str | None, what: str, file: str) -> bytes:
    """Return the bytes given as base64, which win, or by a path."""
    if data:
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise OutsideError(f'{what}-data in "{file}" is not base64: {error}', hint=_WRITE_ONE) from error
    return _file(_beside(path, file), file) if path else b""


def _file(path: str, named_in: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutsideError(f'"{path}", named in "{named_in}", cannot be read: {why}', hint=_WRITE_ONE) from error


def _beside(path: str, file: str) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(file)), path)


def _provided(user: User, file: str) -> str | None:
    """Return the token of a login that kubectl once knew by itself."""
    if user.auth_provider is None or user.exec is not None or user.token:
        return None
    said = user.auth_provider.config or {}
    token = said.get("id-token") or said.get("access-token")
    if token is None:
        raise OutsideError(
            f'the login "{user.auth_provider.name}" in "{file}" has no token, and nobody renews such logins any more',
            hint="log in anew with a plugin (kubelogin, gke-gcloud-auth-plugin)",
        )
    return token


def _impersonation(user: User) -> list[tuple[str, str]]:
    headers = [("Impersonate-User", user.as_)] if user.as_ else []
    headers += [("Impersonate-Uid", user.as_uid)] if user.as_uid else []
    headers += [("Impersonate-Group", group) for group in user.as_groups or ()]
    headers += [
        (f"Impersonate-Extra-{key}", value) for key, values in (user.as_user_extra or {}).items() for value in values
    ]
    return headers


def _maker(cluster: Cluster) -> str:
    for each in cluster.extensions or ():
        if isinstance(said := each.get("extension"), dict) and isinstance(maker := said.get("provider"), str):
            return maker
    return ""
