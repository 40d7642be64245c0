"""The reading side of import: a file becomes rows of text, its columns find their fields, its words find their entries.

Pure functions over bytes and text: no tables, no requests, no rights. ``open_list`` looks into a file, and
``guess_mapping`` proposes where its columns go, ``infer_date_order`` and ``guess_value_map`` settle what only a whole
column can tell.
Whatever a stranger may have put into a file ends here, as a ``ReadingProblem`` with a sentence for the person.
"""

from kezhi.exchange.reading.cleaning import clean_file_name, is_blank, is_footer, says_nothing
from kezhi.exchange.reading.date_columns import DateColumn, DateOrder, infer_date_order, whole_date
from kezhi.exchange.reading.file_kinds import FileKind
from kezhi.exchange.reading.mapping import Guess, ImportTarget, TargetKind, Why, fits, guess_mapping, header_fingerprint
from kezhi.exchange.reading.problems import Notice, ReadingLimits, ReadingProblem
from kezhi.exchange.reading.sheets import Row, Sheet, Sheets, open_list
from kezhi.exchange.reading.synonyms import counts_in_wan
from kezhi.exchange.reading.texts import ENCODING_NAMES
from kezhi.exchange.reading.value_maps import ValueGuess, ValueOption, guess_value_map, split_values

__all__ = [
    "ENCODING_NAMES",
    "DateColumn",
    "DateOrder",
    "FileKind",
    "Guess",
    "ImportTarget",
    "Notice",
    "ReadingLimits",
    "ReadingProblem",
    "Row",
    "Sheet",
    "Sheets",
    "TargetKind",
    "ValueGuess",
    "ValueOption",
    "Why",
    "clean_file_name",
    "counts_in_wan",
    "fits",
    "guess_mapping",
    "guess_value_map",
    "header_fingerprint",
    "infer_date_order",
    "is_blank",
    "is_footer",
    "open_list",
    "says_nothing",
    "split_values",
    "whole_date",
]
