"""Pure helpers: no domain, no clocks, no files."""
