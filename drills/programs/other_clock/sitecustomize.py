"""A machine whose wall clock can be set: on the path of a Python, ``time.time`` is off by the seconds in the file DRILL_CLOCK.

Only what asks the wall clock sees it, as on a machine whose administrator sets it: what asks the monotonic clock does not.
"""

import os
import time

if "DRILL_CLOCK" in os.environ:
    _path, _real, _real_ns = os.environ["DRILL_CLOCK"], time.time, time.time_ns

    def _off() -> float:
        with open(_path) as file:
            return float(file.read() or 0)

    time.time = lambda: _real() + _off()
    time.time_ns = lambda: _real_ns() + round(_off() * 1e9)
