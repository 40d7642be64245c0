"""Tables of rules: rules with their versions, what they did, what they wait for, message templates."""

from kezhi.automation.models.rules import Rule, RuleVersion
from kezhi.automation.models.runs import Firing, RuleRun, RunState, Settling, Turn
from kezhi.automation.models.templates import MessageTemplate

__all__ = ["Firing", "MessageTemplate", "Rule", "RuleRun", "RuleVersion", "RunState", "Settling", "Turn"]
