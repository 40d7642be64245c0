"""Lists of records: which ones (condition, scope), in which order, a page at a time, and how they are shown.

``query`` pages by key and never counts more than it must; ``totals`` counts and sums over all matching rows under a
time guard; ``render`` writes rows without a template; ``schema`` tells the condition editor what may be asked. The
page, the API and the export all read through here. Imports fields, registry, conditions, access; nothing above records.
"""
