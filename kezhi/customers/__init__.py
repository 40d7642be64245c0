"""Companies and persons: customers, contacts, levels, consent, review, matching and merging.

Imports exchange and below.
"""
