"""``ticking.py``: write a numbered line with the time of day every ten milliseconds."""

import time

EVERY = 0.01


def main() -> None:
    """Keep to the beat, whatever a line costs."""
    beat, number = time.monotonic(), 0
    while True:
        beat += EVERY
        time.sleep(max(0.0, beat - time.monotonic()))
        number += 1
        print(f"tick {number} {time.time():.6f}", flush=True)


main()
