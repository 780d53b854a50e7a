"""Decides: snapshot and time to jobs, holds and wakes. Arithmetic only; one file per concern."""
