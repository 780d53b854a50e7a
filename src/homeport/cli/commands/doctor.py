"""``homeport doctor``."""

import msgspec

from homeport.cli import exits, words
from homeport.cli.call import Call, out


@words.command()
@words.json_option
def command(call: Call, as_json: bool) -> int:
    """Check this machine and this stack; every finding says what to do."""
    from homeport.cli.checks import folders, house, instances, interpreter, watches
    from homeport.cli.checks.look import Look
    from homeport.cli.place import socket_of, stack_file
    from homeport.cli.screen.findings import Finding, lines
    from homeport.machine.folders import folders_of
    from homeport.model.errors import ConfigError

    try:
        file = stack_file(call)
    except ConfigError:
        file = None
    socket = socket_of(call) if file is not None or call.instance is not None else None
    look = Look(call, folders_of(call.environ), file, socket)
    found: list[Finding] = []
    for check in (interpreter, folders, instances, watches, house):
        found += check.check(look)
    failed = any(finding.verdict == "failed" for finding in found)
    if as_json:
        words.print_json(call, {"ok": not failed, "findings": msgspec.to_builtins(found)})
    else:
        terminal = out(call)
        terminal.lines(lines(found, terminal.paint))
    return exits.FAILED if failed else exits.OK
