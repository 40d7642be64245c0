# zh-data: names of plans and what to speak about, stored in both languages
"""The handbooks' cadence plans (FUP-1), as rows an administrator edits."""

from typing import Any

from django.db import transaction

from kezhi.core import epochs
from kezhi.engagement.cadence import EPOCH
from kezhi.engagement.models import CadencePlan

_POTENTIAL = {"field": "lifecycle", "op": "is", "value": ["lead", "opportunity"]}
_WORKING = {"field": "lifecycle", "op": "is", "value": ["won", "after_sale", "repurchase"]}


def _level(*levels: str) -> dict[str, object]:
    return {"field": "level", "op": "is", "value": list(levels)}


_PLANS: tuple[tuple[str, str, str, str, dict[str, Any], int, str, str, str, str], ...] = (
    ("asleep", "唤醒无回应，每季度", "Asleep, quarterly", "asleep", {}, 3, "month", "message",
     "节日问候、行业资料，不打扰", "Greetings and news of the trade, no pressure"),
    ("dormant", "沉睡客户唤醒", "Dormant, wake up", "dormant", {}, 1, "week", "phone",
     "近况、新产品、当初没有继续的原因", "How things stand, what is new, why it stopped"),
    ("working", "合作客户，每月", "Working with us, monthly", "active", {"all": [_WORKING]}, 1, "month", "phone",
     "使用情况、满意度、新的需求", "How it works for them, satisfaction, new needs"),
    ("potential_a", "潜在 A 级，每周", "Potential A, weekly", "active", {"all": [_POTENTIAL, _level("VIP", "A")]},
     1, "week", "phone", "推进报价和决策人", "Quote and decision makers"),
    ("potential_b", "潜在 B 级，每两周", "Potential B, every two weeks", "active",
     {"all": [_POTENTIAL, _level("B")]}, 2, "week", "phone", "需求和预算", "Needs and budget"),
    ("potential_c", "潜在 C 级，每月", "Potential C, monthly", "active", {"all": [_POTENTIAL]}, 1, "month", "message",
     "保持印象，了解变化", "Stay in mind, learn what changes"),
)  # fmt: skip


@transaction.atomic
def install_cadence_plans() -> None:
    """Bring in the shipped plans where there are none; whatever an administrator changed stays."""
    if CadencePlan.objects.exists():
        return
    CadencePlan.objects.bulk_create(
        CadencePlan(
            key=key,
            name_zh=zh,
            name_en=en,
            stage=stage,
            condition=condition,
            every=every,
            unit=unit,
            method=method,
            focus_zh=focus_zh,
            focus_en=focus_en,
            position=position,
        )
        for position, (key, zh, en, stage, condition, every, unit, method, focus_zh, focus_en) in enumerate(_PLANS)
    )
    epochs.bump(EPOCH)
