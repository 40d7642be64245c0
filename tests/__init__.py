"""Tests of the project as a whole, and the plugins every test run loads.

Tests of one app live in that app. Here: what holds across apps (layers, migrations, both languages, documentation), and
the generated contracts each registered record type is put under.
"""
