"""What tests of follow-ups share."""

from datetime import timedelta

import pytest

from kezhi.core.clock import local, now
from kezhi.records.defaults import install_defaults
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from tests.scenes import play


@pytest.fixture
def people(cast):
    play(install_defaults)
    play(cast.grant, "customer", "contact", "follow_up", "task")
    return cast


@pytest.fixture
def customer(people):
    values = {"name": "苏州澜图科技有限公司", "phone": "13812345678", "industry": "it", "level": "A"}
    return create_record(record_type("customer"), values, actor=people.rep.actor)


@pytest.fixture
def words(people):
    """What somebody types into the composer."""

    def typed(**more):
        values = {
            "method": "phone",
            "happened_at": now() - timedelta(minutes=5),
            "summary": "恢复测试失败，要书面方案",
            "next_action": "给沈主任发书面恢复方案",
            "next_person": str(people.rep.user.pk),
            "next_due_at": f"{local(now() + timedelta(days=1)):%Y-%m-%d %H:%M}",
        }
        return {**values, **more}

    return typed
