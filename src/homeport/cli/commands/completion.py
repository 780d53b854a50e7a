"""``homeport completion``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(call: Call, shell: str) -> None:
    """Print the completion script for a SHELL.

    \b
    bash: homeport completion bash > ~/.local/share/bash-completion/completions/homeport
    zsh:  homeport completion zsh > "${fpath[1]}/_homeport"
    fish: homeport completion fish > ~/.config/fish/completions/homeport.fish
    """  # noqa: D301 (click reads the escape)
    from click.shell_completion import get_completion_class

    from homeport.cli.main import group

    found = get_completion_class(shell)
    assert found is not None
    script = found(group, {}, "homeport", "_HOMEPORT_COMPLETE")
    # Not script.source(): it starts bash to learn its version, which says nothing about who will read this.
    out(call).write(script.source_template % script.source_vars())
