"""Mechanisms only: clock, calendars, numbers, values, conditions, events, jobs, encryption, figures, backup, health.

Knows no business noun, no request, no form, no template, no current user. Imports nothing else of Kezhi.
"""
