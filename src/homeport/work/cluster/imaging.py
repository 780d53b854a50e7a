"""Make an image and bring it to where it is run; its output goes to the log of who uses it first."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from homeport.aio.threads import in_thread
from homeport.kit.imagenames import image_name
from homeport.kit.livefiles import Baseline
from homeport.model.cluster_jobs import MakeImage
from homeport.model.containers import BuiltImage, Dockerfile, Sync
from homeport.model.errors import Bug, ConfigError, HomeportError, OutsideError
from homeport.model.kept import KeptImage
from homeport.model.shipped import Imaged
from homeport.model.values import Value
from homeport.ports.builder import BuildFailed, FromCommand, FromDockerfile, Inputs, Progress, Recipe, Step, ToEngine
from homeport.ports.clusters import Delivery
from homeport.ports.logbook import Writer
from homeport.ports.report import Report
from homeport.work.cluster.formerly import baseline_of, kept, kept_apart
from homeport.work.outside import Outside
from homeport.work.resolve import Resolver

TAIL: Final = 20
"""Last lines of a builder that are kept with its failure."""
HERE: Final = Delivery(ToEngine(), "localhost", "localhost")
"""Where images are for containers of this machine: the engine has them."""


async def make_image(job: MakeImage, outside: Outside, report: Report) -> None:
    """Read what the image is made from, make it where nobody has it, and report its name."""
    await made_image(job, outside, lambda made: report.put(job.key, made))


async def made_image(job: MakeImage, outside: Outside, tell: Callable[[Imaged], None]) -> Imaged:
    """Make an image, telling how far it is, and return what became of it."""
    made = Imaged(job.identity, tries=job.tries)
    writer = outside.book.writer(job.log, run=0)
    try:
        files = await in_thread(lambda: _files(job, outside))  # before anything reads them: what is saved later differs
        recipe = _recipe(job, outside)
        apart = kept_apart(job.image)
        inputs = await in_thread(lambda: outside.builder.inputs(recipe, apart))
        ours = {base: job.bases[base] for base in inputs.bases if base in job.bases}
        made = replace(made, digest=inputs.digest, bases=tuple(ours), watch=inputs.watch)
        if all(ours.values()) and not job.reads:
            made = await _deliver(job, _on(recipe, ours), inputs, made, files, outside, tell, writer)
    except HomeportError as error:
        made = _failed(made, error, outside, writer)
    finally:
        writer.close()
        tell(replace(made, progress=""))
    return made


async def _deliver(
    job: MakeImage,
    recipe: Recipe,
    inputs: Inputs,
    made: Imaged,
    files: Baseline,
    outside: Outside,
    tell: Callable[[Imaged], None],
    writer: Writer,
) -> Imaged:
    if isinstance(recipe, FromDockerfile) and recipe.bases:
        inputs = await in_thread(lambda: outside.builder.inputs(recipe, kept_apart(job.image)))
    delivery = HERE if job.key[2] else await (await outside.cloud.opened()).delivery()
    name = image_name(delivery.push, job.stack, job.name.partition(":")[2], inputs.digest)
    if (former := await _former(job, inputs, delivery, outside)) is not None:
        # Pods of it get what was saved since, as they would in the house that made it.
        name, files = former.name, baseline_of(former)
    else:
        how = await outside.builder.deliver(recipe, name, delivery.to, _ear(made, tell, writer))
        if how != "there":
            writer.note(f"image {delivery.pulled(name)} was {how}")
        if files and not job.key[2] and not job.once:
            await in_thread(lambda: outside.memory.keep_image(job.name, kept(name, inputs.rest, files)))
    pulled = delivery.pulled(name)
    outside.cloud.made(pulled, files)
    argv = await outside.builder.command(name) if job.asks else ()
    return replace(made, name=pulled, digest=inputs.digest, argv=argv, at=outside.clock.now())


def _ear(made: Imaged, tell: Callable[[Imaged], None], writer: Writer) -> Callable[[Progress], None]:
    """Return who hears a builder: steps that begin are told, all else is written into the log."""

    def hear(progress: Progress) -> None:
        if isinstance(progress, Step):
            if progress.state in ("running", "failed"):
                tell(replace(made, progress=f"{progress.title} ({progress.number})"))
            if progress.state != "running":
                writer.note(f"image {progress.number}: {progress.title}: {progress.state}{_took(progress)}")
        else:
            writer.feed("err", f"{progress.text}\n".encode())

    return hear


async def _former(job: MakeImage, inputs: Inputs, delivery: Delivery, outside: Outside) -> KeptImage | None:
    """Return the image that was made last, where it differs from the sources in nothing but files that pods get anyway."""
    if job.anew or job.once or job.key[2] or not any(isinstance(each, Sync) for each in job.image.update):
        return None
    former = await in_thread(lambda: outside.memory.image(job.name))
    if former is None or former.rest != inputs.rest or not former.name.startswith(f"{delivery.push}/"):
        return None
    return former if await outside.builder.is_there(former.name, delivery.to) else None


def _took(step: Step) -> str:
    return f" in {step.seconds:.1f} s" if step.seconds is not None and step.seconds >= 0.05 else ""


def _files(job: MakeImage, outside: Outside) -> Baseline:
    """Return the files that are kept up to date in pods, as they are before the image is made."""
    rules = [each for each in job.image.update if isinstance(each, Sync)]
    return outside.trees.baseline(rules) if rules else {}


def _recipe(job: MakeImage, outside: Outside) -> Recipe:
    resolver = Resolver(job.log, job.values, {}, outside.vault, outside.memory, outside.surroundings)
    match job.image:
        case Dockerfile() as image:
            return FromDockerfile(
                image.file,
                image.context,
                image.target,
                _texts(image.args, resolver),
                _texts(image.secrets, resolver),
                image.platform,
                image.ignore,
                image.tags,
            )
        case BuiltImage() as image:
            return FromCommand(resolver.argv(image.run), image.cwd, image.inputs, _texts(image.env, resolver))
        case _:
            raise Bug(f"{job.name} is nobody's to make")


def _texts(values: Mapping[str, Value], resolver: Resolver) -> dict[str, str]:
    return {name: resolver.text(value) for name, value in values.items()}


def _on(recipe: Recipe, bases: Mapping[str, str]) -> Recipe:
    return replace(recipe, bases=bases) if isinstance(recipe, FromDockerfile) and bases else recipe


def _failed(made: Imaged, error: HomeportError, outside: Outside, writer: Writer) -> Imaged:
    """Return a failure as a fact, with the line of the Dockerfile where it is known."""
    what, hint, tail = error.what, error.hint or "", writer.tail(TAIL)
    if isinstance(error, BuildFailed):
        tail = error.tail or tail
    if isinstance(error, ConfigError) and error.mistakes:
        first = error.mistakes[0]
        what, hint = f"{first.file}:{first.line}: {first.what}", first.hint or ""
    writer.note(f"its image could not be made: {what}" + (f"; {hint}" if hint else ""))
    passing = isinstance(error, OutsideError)
    tries = made.tries + 1 if passing else 0
    return replace(
        made, name="", error=what, hint=hint, tail=tail, passing=passing, tries=tries, at=outside.clock.now()
    )
