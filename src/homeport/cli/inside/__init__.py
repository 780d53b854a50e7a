"""Going inside a service wherever it runs: commands, a shell, files in and out."""
