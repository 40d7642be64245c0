"""People from a list: read, checked row by row, added (ORG-1)."""
