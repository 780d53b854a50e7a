"""Acts: one straight coroutine per kind of job. Workers know ports and report facts; they know neither store nor each other."""
