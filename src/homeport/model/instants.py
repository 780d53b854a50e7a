"""Time as the engine counts it: whole microseconds of a clock that never goes back."""

Instant = int
SECOND: Instant = 1_000_000
