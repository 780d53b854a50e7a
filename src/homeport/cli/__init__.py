"""Words and flags to calls; the only room that prints, reads the process environment, and exits."""
