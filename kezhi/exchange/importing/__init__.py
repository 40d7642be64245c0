"""From rows of text to records: which fields a list may fill, what each row becomes, whom it repeats.

``targets`` lists the fields, ``checking`` reads rows with the record type's own fields, ``matching`` finds duplicates,
``profiles`` is where a domain says what else hangs on its rows (a customer's contact). Nothing here writes a record.
"""
