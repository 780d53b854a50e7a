"""``homeport doctor``."""

import click
import msgspec

from homeport.cli import exits, words
from homeport.cli.call import Call, out


@words.command()
@click.option("--fix", is_flag=True, help="Also end what houses that were killed left running.")
@words.json_option
def command(call: Call, fix: bool, as_json: bool) -> int:
    """Check this machine and this stack; every finding says what to do."""
    from homeport.cli.checks import folders, house, instances, interpreter, leftovers, watches
    from homeport.cli.checks.look import Look
    from homeport.cli.place import socket_of, stack_file
    from homeport.cli.screen.findings import Finding, lines
    from homeport.machine.instances.folders import folders_of
    from homeport.model.errors import ConfigError

    try:
        file = stack_file(call)
    except ConfigError:
        file = None
    socket = socket_of(call) if file is not None or call.instance is not None else None
    look = Look(call, folders_of(call.environ), file, socket, fix)
    found: list[Finding] = []
    for check in (interpreter, folders, instances, leftovers, watches, house):
        found += check.check(look)
    failed = any(finding.verdict == "failed" for finding in found)
    if as_json:
        words.print_json(call, {"ok": not failed, "findings": msgspec.to_builtins(found)})
    else:
        terminal = out(call)
        terminal.lines(lines(found, terminal.paint))
    return exits.FAILED if failed else exits.OK
