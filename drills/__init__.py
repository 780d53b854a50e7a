"""Drills: every promise about trouble, kept or broken on real processes, with figures. ``python -m drills --help``."""
