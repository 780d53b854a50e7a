"""The environment of a pod: open values in a ConfigMap, secret ones in Secrets."""

from lightkube.models.core_v1 import ConfigMapEnvSource, EnvFromSource, EnvVar, EnvVarSource, SecretKeySelector
from msgspec import Struct

from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Runnable, Service
from homeport.render.naming import checked_key
from homeport.render.site import Site
from homeport.render.values import Speaker, Spelled, escaped, setting


class Environment(Struct, frozen=True):
    """``open`` values by name, ``hidden`` ones that are made of secrets, and ``shared`` ones that are values of a Secret.

    ``lent``: by key, values for other containers of the pod that are made of secrets.
    """

    open: dict[str, str]
    hidden: dict[str, Spelled]
    shared: dict[str, tuple[str, str]]
    lent: dict[str, Spelled]

    @property
    def kept(self) -> dict[str, Spelled]:
        """What its Secret holds."""
        return {**self.hidden, **self.lent}

    def sources(self, config: str) -> list[EnvFromSource]:
        """Return where the open ones are taken from."""
        return [EnvFromSource(configMapRef=ConfigMapEnvSource(name=config))] if self.open else []

    def variables(self, secret: str) -> list[EnvVar]:
        """Return the secret ones, each by its key: a pod waits for a key that is not there, and names it."""
        hidden = [_from_secret(name, secret, name) for name in self.hidden]
        return hidden + [_from_secret(name, *where) for name, where in self.shared.items()]

    def lend(self, to: str, values: dict[str, Spelled], secret: str) -> list[EnvVar]:
        """Return the variables of another container of the pod; what of them is made of secrets is kept in the Secret."""
        found = []
        for name, spelled in values.items():
            if spelled.of is not None:
                found.append(_from_secret(name, *spelled.of))
            elif spelled.secret or spelled.text is None:
                key = checked_key(to, f"{to}.{name}")
                self.lent[key] = spelled
                found.append(_from_secret(name, secret, key))
            else:
                found.append(EnvVar(name=name, value=escaped(spelled.text)))
        return found


def environment(graph: Graph, site: Site, node: Runnable, speaker: Speaker) -> Environment:
    """Return what the program of a pod finds: later wins: ``.env`` files, ports, ``env=``, the container's ``env=``."""
    found: dict[str, Spelled] = {}
    for name in node.env_files:
        file = graph.nodes[name]
        if isinstance(file, EnvFile):
            found |= {key: setting(file, key, value) for key, value in site.settings.get(name, {}).items()}
    if isinstance(node, Service) and node.ports:
        found |= {"HOST": Spelled("0.0.0.0"), "PORT": Spelled(str(node.ports[0].number))}
        found |= {port.env: Spelled(str(port.number)) for port in node.ports if port.env}
    declared = {**node.env, **(node.container.env if node.container is not None else {})}
    found |= {name: speaker.spell(value, name) for name, value in declared.items()}
    return _sorted_out(node.name, found)


def _sorted_out(node: str, found: dict[str, Spelled]) -> Environment:
    made = Environment({}, {}, {}, {})
    for name, spelled in found.items():
        if spelled.of is not None:
            made.shared[name] = spelled.of
        elif spelled.secret or spelled.text is None:
            made.hidden[checked_key(node, name)] = spelled
        else:
            made.open[checked_key(node, name)] = spelled.text
    return made


def _from_secret(name: str, secret: str, key: str) -> EnvVar:
    return EnvVar(name=name, valueFrom=EnvVarSource(secretKeyRef=SecretKeySelector(name=secret, key=key)))
