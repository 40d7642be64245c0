"""Staying in touch: follow-ups and their next actions. Imports customers and below."""
