"""Frames to lines of text: pure functions, a file for each picture."""
