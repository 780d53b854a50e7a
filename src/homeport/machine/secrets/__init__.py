"""Secret values: kept in private files, generated when nobody gave one."""
