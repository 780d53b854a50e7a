"""Async tools that know nothing of services: values to wait for, endings with grace, a virtual clock."""
