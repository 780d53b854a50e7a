"""The nouns of the house: frozen, total, serialisable. No clocks, no files, no tasks."""
