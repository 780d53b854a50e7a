"""Keeping running containers like their sources: the far side of the helper, and plain ``tar`` where there is none."""
