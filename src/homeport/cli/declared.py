"""The options that a stack file declares, and whether values fit them: by evaluating it, house or not."""

import asyncio
import sys
from collections.abc import Mapping

from homeport.cli.call import Call
from homeport.cli.offline import instance_of
from homeport.cli.place import stack_file
from homeport.config.evaluate import ChildEvaluator
from homeport.machine.memory.disk import memory_of
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import Option


def graph_of(call: Call, values: Mapping[str, str]) -> Graph:
    """Return the stack, evaluated with these options. Raises ConfigError for one that does not fit, or a wrong file."""
    file = stack_file(call) if call.file is not None or call.instance is None else str(instance_of(call).file)
    return asyncio.run(ChildEvaluator(call.environ, sys.executable).evaluate(file, values))


def last_good_of(call: Call) -> Graph | None:
    """Return what the file said when it last was sound, if that is known and can be read."""
    try:
        return memory_of(instance_of(call)).graph()
    except RefusedError:
        return None


def options_in(graph: Graph) -> list[Option]:
    """Return the options of a stack, in the order of their declaration."""
    return [node for node in graph.nodes.values() if isinstance(node, Option)]
