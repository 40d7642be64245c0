"""The search box's index: words in, record ids out; the database's own full-text search behind one interface."""
