"""Pages of import and export: find what the reader may see, call an operation, answer."""
