"""kubeconfig files: read, and merged by kubectl's rules.

Whatever is set first wins; entries are taken whole from the first file that has them; paths are relative to their file.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field

from homeport.model.errors import OutsideError


class Cluster(Struct, rename="kebab"):
    """Where a cluster is and how it proves itself."""

    server: str = ""
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None
    proxy_url: str | None = None
    extensions: list[dict[str, Any]] | None = None


class Variable(Struct):
    """A variable of a plugin's environment."""

    name: str
    value: str = ""


class Plugin(Struct, rename="camel"):
    """A program that logs in."""

    api_version: str = ""
    command: str = ""
    args: list[str] | None = None
    env: list[Variable] | None = None
    install_hint: str | None = None
    provide_cluster_info: bool = False
    interactive_mode: str | None = None


class Provider(Struct):
    """A login that kubectl itself once knew."""

    name: str = ""
    config: dict[str, str] | None = None


class User(Struct, rename="kebab"):
    """Who we are."""

    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    token: str | None = None
    token_file: str | None = field(default=None, name="tokenFile")
    username: str | None = None
    password: str | None = None
    exec: Plugin | None = None
    auth_provider: Provider | None = None
    as_: str | None = field(default=None, name="as")
    as_uid: str | None = None
    as_groups: list[str] | None = None
    as_user_extra: dict[str, list[str]] | None = None


class Context(Struct):
    """A cluster, a user and a namespace under one name."""

    cluster: str = ""
    user: str = ""
    namespace: str | None = None


class Kubeconfig(Struct):
    """What all files say together. ``files``: those that were read; ``homes``: which file an entry came from."""

    current: str = ""
    contexts: dict[str, Context] = {}
    clusters: dict[str, Cluster] = {}
    users: dict[str, User] = {}
    files: tuple[str, ...] = ()
    homes: dict[tuple[str, str], str] = {}


class _Named(Struct):
    name: str
    context: Context | None = None
    cluster: Cluster | None = None
    user: User | None = None


class _File(Struct, rename="kebab"):
    current_context: str | None = None
    contexts: list[_Named] | None = None
    clusters: list[_Named] | None = None
    users: list[_Named] | None = None


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Reads texts that look like dates as texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def files_of(environ: Mapping[str, str], home: str) -> tuple[str, ...]:
    """Return the files that kubectl would read: those of ``KUBECONFIG``, else the one in the home folder."""
    listed = [part for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return tuple(dict.fromkeys(listed)) or (os.path.join(home, ".kube", "config"),)


def read(files: Iterable[str]) -> Kubeconfig:
    """Read and merge; files that are missing are passed over. Raises OutsideError for one that cannot be read."""
    merged = Kubeconfig()
    for file in files:
        try:
            text = Path(file).read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise OutsideError(
                f'the kubeconfig "{file}" cannot be read: {error}', hint="mend it, or leave it out of KUBECONFIG"
            ) from error
        _merge(merged, _parse(text, file), file)
        merged.files += (file,)
    return merged


def _parse(text: str, file: str) -> _File:
    try:
        return msgspec.convert(yaml.load(text, Loader=_Loader) or {}, _File, strict=False)
    except yaml.MarkedYAMLError as error:
        where = f"{file}:{error.problem_mark.line + 1}" if error.problem_mark else file
        raise _wrong(where, str(error.problem)) from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise _wrong(file, str(error)) from error


def _wrong(where: str, why: str) -> OutsideError:
    return OutsideError(
        f'the kubeconfig "{where}" is not right: {why}', hint='see what kubectl says to "kubectl config view"'
    )


def _merge(merged: Kubeconfig, more: _File, file: str) -> None:
    merged.current = merged.current or more.current_context or ""
    for named in more.contexts or ():
        if _first(merged, "context", named.name, merged.contexts, file):
            merged.contexts[named.name] = named.context or Context()
    for named in more.clusters or ():
        if _first(merged, "cluster", named.name, merged.clusters, file):
            merged.clusters[named.name] = named.cluster or Cluster()
    for named in more.users or ():
        if _first(merged, "user", named.name, merged.users, file):
            merged.users[named.name] = named.user or User()


def _first(merged: Kubeconfig, kind: str, name: str, known: Mapping[str, Any], file: str) -> bool:
    if name in known:
        return False
    merged.homes[kind, name] = file
    return True
