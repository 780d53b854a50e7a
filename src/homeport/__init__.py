"""Homeport: one typed Python file describes a stack of services; one command runs it."""
