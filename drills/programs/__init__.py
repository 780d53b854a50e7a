"""Programs that the drills start."""
