"""What every registered record type is held to, whoever declared it: what somebody may not see leaves by no way out.

``plant`` makes a record full of values that stand nowhere else; ``DOORS`` are the ways out; ``leaks`` opens one as
somebody and says which of the values came along.
"""

from kezhi.records.testing.contract import Planted, leaks, masked_for, plant
from kezhi.records.testing.doors import DOORS, Door, api, api_headers, as_filter, get, register_door, text_of

__all__ = [
    "DOORS",
    "Door",
    "Planted",
    "api",
    "api_headers",
    "as_filter",
    "get",
    "leaks",
    "masked_for",
    "plant",
    "register_door",
    "text_of",
]
