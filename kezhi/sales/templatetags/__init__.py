"""Template tags of sales."""
