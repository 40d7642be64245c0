"""Pages of customers: duplicates, merging, review, consents."""
