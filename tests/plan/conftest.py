"""Here so that the folders below find the stage: pytest imports from where a conftest is."""
