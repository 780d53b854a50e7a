"""Promises about the outside. Each has a shipped fake and one contract suite that the fake and the real thing pass."""
