"""Programs for those who work on Kezhi; `make` calls them."""
