"""Composition: settings, urls, app list, command line. Imports everything; nothing imports it."""
