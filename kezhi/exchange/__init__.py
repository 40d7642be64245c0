"""What comes in and goes out: import and export of lists. One folder per channel. Imports work and below."""
