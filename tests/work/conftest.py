"""Here so that the folders below find the workshop: pytest imports from where a conftest is."""
