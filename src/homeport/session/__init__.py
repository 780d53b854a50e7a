"""Wires one running house from a stack file and a machine: the only room that knows concrete neighbours at once."""
