"""Short ways to bring a file in."""
