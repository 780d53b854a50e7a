"""Store, crew and loop: generic, would run any plan. Knows nothing of services."""
