"""Keeps the promises about the outside: processes, files, probes, links and tools; a folder each."""
