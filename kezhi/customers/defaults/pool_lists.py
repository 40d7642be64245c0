"""Why customers go to the pool (CUS-15)."""

from kezhi.records.defaults import ShippedItem as I
from kezhi.records.defaults import ShippedList, register_lists

register_lists(
    ShippedList(
        "pool_reason",
        "进公海的原因",
        "Reason for the pool",
        (
            I("quiet", "太久没有跟进", "Not followed up for long"),
            I("no_need", "暂时没有需求", "No need at present"),
            I("no_answer", "一直联系不上", "Cannot be reached"),
            I("no_match", "产品不合适", "Our products do not fit"),
            I("overload", "忙不过来", "Too much on hand"),
            I("other", "其他原因", "Other reason"),
        ),
    ),
)
