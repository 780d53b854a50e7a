"""Masking what the command line itself writes where no house could do it: crash reports, and a command that was tried."""

from collections.abc import Callable

from homeport.cli.call import Call


def mask_for(call: Call) -> Callable[[str], str]:
    """Return what hides the secrets that this stack is known to have: of the shell, its files, its vault, its last graph."""
    from homeport.cli.offline import instance_of
    from homeport.cli.place import stack_file
    from homeport.config.hiding import hidden_by, hidden_near
    from homeport.machine.memory.disk import memory_of
    from homeport.machine.secrets.vault import made_in
    from homeport.model.errors import HomeportError
    from homeport.model.hiding import hidden_in, mask_of

    found = [*hidden_in((), {}, call.environ)]
    try:
        found += hidden_near(stack_file(call), {}, call.environ)
        instance = instance_of(call)
        memory = memory_of(instance)
        found += made_in(instance.secrets)
        graph = memory.graph()
        if graph is not None:
            found += hidden_by(graph.nodes.values(), graph.root, memory.wishes().options, call.environ)
    except (HomeportError, OSError):
        pass  # there is no such stack, or nothing is known of it yet: what was found until here is all there is
    return mask_of(found).text
