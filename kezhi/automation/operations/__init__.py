"""What is done with rules and message templates."""

from kezhi.automation.operations.rules import (
    drop_draft,
    make_rule,
    mark_reviewed,
    publish_rule,
    remove_rule,
    roll_back,
    run_again,
    save_draft,
    switch_off,
    switch_on,
)

__all__ = [
    "drop_draft",
    "make_rule",
    "mark_reviewed",
    "publish_rule",
    "remove_rule",
    "roll_back",
    "run_again",
    "save_draft",
    "switch_off",
    "switch_on",
]
