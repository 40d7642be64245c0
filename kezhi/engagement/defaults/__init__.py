"""Rows a new system gets; an administrator owns them from then on."""
