"""What the main objects of sales add to the generic operations; one file a part."""
