"""Signals by name, as people write and read them."""

import signal


def signal_name(number: int) -> str:
    """Return the name of a signal, such as ``SIGKILL`` (``SIG50`` for one without)."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def signal_number(name: str) -> int:
    """Return the number of a signal given as ``SIGTERM``, ``TERM`` or ``15``. Raises ValueError for an unknown one."""
    upper = name.strip().upper()
    digits = upper.removeprefix("SIG")
    if digits.isdigit():
        if int(digits) in signal.valid_signals():
            return int(digits)
    elif found := signal.Signals.__members__.get(f"SIG{digits}"):
        return int(found)
    raise ValueError(f'"{name}" is not a signal of this system; expected a name such as SIGTERM or SIGINT')
