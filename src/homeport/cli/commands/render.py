"""``homeport render``."""

from pathlib import Path

import click

from homeport.cli import words
from homeport.cli.call import Call, err, out
from homeport.cli.placing import checked_namespace, checked_registry


@words.command()
@words.names_argument()
@click.option(
    "--out", "folder", metavar="DIR", help="Write one file per object there, and remove own ones that are no more."
)
@click.option(
    "--namespace",
    metavar="NAME",
    callback=checked_namespace,
    help="Use this namespace, which exists (default: one called as the instance).",
)
@click.option("--set", "sets", metavar="NAME=VALUE", multiple=True, help="Give an option of the stack a value.")
@click.option("--image", "images", metavar="NAME=REF", multiple=True, help="The image of a service or task.")
@click.option(
    "--registry",
    metavar="REG",
    callback=checked_registry,
    help="Where images that are built are found: REG/STACK-SERVICE:TAG.",
)
@click.option("--tag", metavar="TAG", help="The tag of images that are built.")
@click.option("--kind", "kinds", metavar="KIND", multiple=True, help="Only objects of this kind, such as Secret.")
@click.option("--show-secrets", is_flag=True, help="Write the values of secrets, too.")
@words.json_option
def command(
    call: Call,
    names: tuple[str, ...],
    folder: str | None,
    namespace: str | None,
    sets: tuple[str, ...],
    images: tuple[str, ...],
    registry: str | None,
    tag: str | None,
    kinds: tuple[str, ...],
    show_secrets: bool,
    as_json: bool,
) -> None:
    """Print the Kubernetes objects of the stack, or only of NAMEs, as YAML. Asks no cluster."""
    from homeport.cli.rendering.making import Asked, made

    asked = Asked(names, namespace or None, sets, images, registry, tag, kinds, show_secrets)
    found = made(call, asked)
    err(call).lines(found.said)
    if folder is None:
        from homeport.cli.rendering.text import as_list, as_text

        out(call).write(as_list(found.objects) if as_json else as_text(found.objects, asked.again))
        return
    from homeport.cli.rendering.folder import write

    written, removed = write(Path(folder), found.objects, asked.again, whole=not names and not kinds)
    if as_json:
        words.print_json(call, {"written": written, "removed": removed})
    else:
        out(call).lines([f"wrote {path}" for path in written] + [f"removed {path}" for path in removed])
