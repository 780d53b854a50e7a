"""That every given option is one, and that those without a default were given."""

from collections.abc import Iterator, Mapping

from homeport.config.findings import Finding, finding
from homeport.kit.suggest import did_you_mean
from homeport.model.graph import Graph
from homeport.model.nodes import Option


def check(graph: Graph, given: Mapping[str, str]) -> Iterator[Finding]:
    """Yield options that are unknown, and options that are missing."""
    options = {node.name: node for node in graph.nodes.values() if isinstance(node, Option)}
    for name in given:
        if name not in options:
            hint = did_you_mean(name, options, "the stack has no options")
            yield Finding(f'the stack "{graph.stack}" has no option "{name}"', hint)
    for option in options.values():
        if option.default is None and option.name not in given:
            yield finding(f'the option "{option.name}" has no value', option.at, option.name, "name",
                          hint=f"give one: --set {option.name}=…, or a default= here")  # fmt: skip
