"""What rules can do; apps above register more."""

from kezhi.automation.actions import approving, assigning, changing, promising, telling, working
from kezhi.automation.actions.base import Action, actions_for, find_action, register_action

__all__ = [
    "Action",
    "actions_for",
    "approving",
    "assigning",
    "changing",
    "find_action",
    "promising",
    "register_action",
    "telling",
    "working",
]
