"""Writes docs/reference/schema.json from the shapes in homeport.wire."""

import json
from pathlib import Path

from homeport.wire.schema import schema

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "schema.json"

PAGE.write_text(json.dumps(schema(), indent=2) + "\n")
print(f"wrote {PAGE}")
