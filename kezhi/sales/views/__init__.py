"""Pages of sales that are more than generic."""
