"""What every main object is: record types and their fields, custom fields, tags, files, timeline, saved views, search,
generic pages and API. Knows no business noun; domain apps register their record types here. Imports access, ui, core.
"""
