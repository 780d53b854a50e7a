"""``rendering.py CHECKOUT``: print the median seconds of 50 services to YAML, in a process that has everything loaded."""

import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(sys.argv[1]) / "tests" / "render"))

from shop import SETTINGS, graph, service, site, text

from homeport.model.parts import HttpProbe, Port
from homeport.model.values import Ref
from homeport.render.emit import documents
from homeport.render.render import render

SERVICES = 50
TIMES = 21


def main() -> None:
    """Render a new graph each time, so that nothing of the last one helps."""
    took = []
    for _ in range(TIMES):
        nodes = [_service(number) for number in range(SERVICES)]
        began = time.perf_counter()
        of = graph(*nodes)
        made = documents(render(of, site(of, settings=SETTINGS)))
        took.append(time.perf_counter() - began)
        assert made.count("kind: Deployment") == SERVICES
    print(median(took))


def _service(number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # it is what tests/render makes
    peer = f"s{(number + 1) % SERVICES}"
    env = {"LEVEL": "info", "PEER": text("http://", Ref(peer, "host", True), ":", Ref(peer, "port:main", True))}
    return service(f"s{number}", ports=(Port("main", 8000),), ready=HttpProbe("/health"), env=env)


main()
