"""How the installation is doing: quick checks for the health page, thorough ones for ``kezhi doctor`` (OPS-6)."""

import datetime as dt
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kezhi.core.backup import backups, latest_copy
from kezhi.core.clock import local, now
from kezhi.core.crypto import CryptoProblem, key_ring
from kezhi.core.figures import integer_figure
from kezhi.core.jobs.running import seconds_waiting
from kezhi.core.model_fields import encrypted_fields
from kezhi.core.models import Event, Job, JobState, Outbox, WorkerPulse
from kezhi.core.point_in_time import present_replica
from kezhi.core.sealing import last_seal_at, verify_chain

_WORKER_SILENT = dt.timedelta(seconds=40)
_REPLICA_LATE_SECONDS = 60
_REPLICA_LOST_SECONDS = 600
_SEAL_LATE = dt.timedelta(minutes=5)
_GIGABYTE = 1 << 30

logger = logging.getLogger(__name__)


class HealthState(StrEnum):
    """``bad`` needs somebody now, ``warning`` soon."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line of the health page: what was looked at, how it is, and a sentence about it in the active language."""

    key: str
    label: str | Promise
    state: HealthState
    words: str


Check = Callable[[], tuple[HealthState, str]]
ThoroughCheck = Callable[[], Iterator[str]]


@dataclass(frozen=True)
class _Quick:
    label: str | Promise
    check: Check


_quick: dict[str, _Quick] = {}
_thorough: dict[str, ThoroughCheck] = {}


def register_health_check(key: str, label: str | Promise, check: Check) -> None:
    """Add a line to the health page; ``check`` must answer within milliseconds."""
    _quick[key] = _Quick(label, check)


def register_thorough_check(key: str, check: ThoroughCheck) -> None:
    """Add a check to ``kezhi doctor``; it yields a sentence for everything that is wrong and may take minutes."""
    _thorough[key] = check


def health() -> list[Finding]:
    """Every quick check, the worst first. A check that fails is a finding itself."""
    order = list(HealthState)
    findings = [_look(key, quick) for key, quick in _quick.items()]
    return sorted(findings, key=lambda finding: -order.index(finding.state))


def worst(findings: list[Finding]) -> HealthState:
    """The state of the whole installation."""
    order = list(HealthState)
    return max((finding.state for finding in findings), key=order.index, default=HealthState.OK)


def examine() -> Iterator[tuple[str, str]]:
    """Every thorough check in turn: (check, sentence) for each thing that is wrong."""
    for key, check in _thorough.items():
        for sentence in check():
            yield key, sentence


def _look(key: str, quick: _Quick) -> Finding:
    try:
        state, words = quick.check()
    except (DatabaseError, OSError, CryptoProblem) as problem:
        logger.warning("health check %s failed: %s", key, problem)
        state, words = HealthState.BAD, _("无法检查：%(reason)s") % {"reason": problem}
    return Finding(key, quick.label, state, words)


def _database() -> tuple[HealthState, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HealthState.OK, _("数据库（%(vendor)s）正常应答。") % {"vendor": connection.vendor}


def _workers() -> tuple[HealthState, str]:
    alive = WorkerPulse.objects.filter(seen_at__gt=now() - _WORKER_SILENT).count()
    if alive:
        sentence = ngettext("%(count)s 个后台进程在工作。", "%(count)s 个后台进程在工作。", alive)
        return HealthState.OK, sentence % {"count": alive}
    latest = WorkerPulse.objects.aggregate(at=models.Max("seen_at"))["at"]
    if latest is None:
        # They signed off in order: somebody has ended Kezhi on purpose.
        return HealthState.WARNING, _("没有后台进程在工作。")
    return HealthState.BAD, _("没有后台进程在工作，最后一次心跳在 %(at)s。") % {"at": _shown(latest)}


def _queue() -> tuple[HealthState, str]:
    minutes = int(seconds_waiting() // 60)
    if minutes >= integer_figure("operation.jobs_late_minutes"):
        return HealthState.WARNING, _("最早的后台任务已等待 %(minutes)s 分钟。") % {"minutes": minutes}
    return HealthState.OK, _("后台任务没有积压。")


def _dead_jobs() -> tuple[HealthState, str]:
    dead = Job.objects.filter(state=JobState.DEAD).count()
    if dead:
        return HealthState.WARNING, _("%(count)s 个后台任务多次失败，等待处理。") % {"count": dead}
    return HealthState.OK, _("没有失败的后台任务。")


def _disk() -> tuple[HealthState, str]:
    free = shutil.disk_usage(Path(settings.DATA_DIR)).free / _GIGABYTE
    low = integer_figure("operation.disk_low_gigabytes")
    words = _("数据目录所在磁盘还剩 %(free)s GB。") % {"free": f"{free:.1f}"}
    if free < low / 4:
        return HealthState.BAD, words
    return (HealthState.WARNING if free < low else HealthState.OK), words


def _backup() -> tuple[HealthState, str]:
    made = backups()
    if not made:
        return HealthState.WARNING, _("还没有备份。")
    at = made[0].at
    words = _("最近一次备份：%(at)s。") % {"at": _shown(at)}
    late = now() - at > dt.timedelta(hours=integer_figure("operation.backup_late_hours"))
    return (HealthState.BAD if late else HealthState.OK), words


def _remote() -> tuple[HealthState, str]:
    if settings.BACKUP_REMOTE is None:
        return HealthState.OK, _("没有设置外部备份地址，备份只在本机。")
    where, latest = settings.BACKUP_REMOTE.shown, latest_copy()
    if latest is None:
        return HealthState.WARNING, _("还没有备份复制到 %(where)s。") % {"where": where}
    if latest.problem:
        words = _("%(at)s 没能复制到 %(where)s：%(reason)s")
        return HealthState.BAD, words % {"at": _shown(latest.at), "where": where, "reason": latest.problem}
    late = now() - latest.at > dt.timedelta(hours=integer_figure("operation.backup_late_hours"))
    words = _("%(at)s 加密复制到 %(where)s，读回核对过。") % {"at": _shown(latest.at), "where": where}
    return (HealthState.BAD if late else HealthState.OK), words


def _replica() -> tuple[HealthState, str]:
    replica = present_replica()
    if replica is None:
        return HealthState.OK, _("没有开启连续备份，只有每日备份。")
    seconds = replica.seconds_behind()
    if seconds is None:
        return HealthState.WARNING, _("连续备份还没有开始。")
    words = _("连续备份落后 %(seconds)s 秒。它没有整体加密，所在的磁盘要加密。") % {"seconds": int(seconds)}
    if seconds > _REPLICA_LOST_SECONDS:
        return HealthState.BAD, words
    return (HealthState.WARNING if seconds > _REPLICA_LATE_SECONDS else HealthState.OK), words


def _keys() -> tuple[HealthState, str]:
    ring = key_ring()
    for model, field in encrypted_fields():
        rows = model._base_manager.exclude(**{field.name: ""}).filter(**{f"{field.name}__isnull": False})
        # Reading decrypts; the oldest and the newest row between them meet every key that matters.
        for order in ("pk", "-pk"):
            rows.order_by(order).values_list(field.name, flat=True).first()
    sentence = _("密钥环可用，共 %(count)s 个密钥，当前为 %(key)s。")
    return HealthState.OK, sentence % {"count": len(ring.keys), "key": ring.current}


def _audit() -> tuple[HealthState, str]:
    oldest = Event.objects.filter(outbox__isnull=False).order_by("pk").values_list("at", flat=True).first()
    if oldest is not None and now() - oldest > _SEAL_LATE:
        waiting = Outbox.objects.count()
        return HealthState.WARNING, _("%(count)s 个事件等待封存，最早的在 %(at)s。") % {
            "count": waiting,
            "at": _shown(oldest),
        }
    at = last_seal_at()
    if at is None:
        return HealthState.OK, _("还没有需要封存的事件。")
    return HealthState.OK, _("审计链最近一次封存：%(at)s。") % {"at": _shown(at)}


def _audit_chain() -> Iterator[str]:
    for finding in verify_chain():
        yield finding.message


def _shown(at: dt.datetime) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}"


register_health_check("database", gettext_lazy("数据库"), _database)
register_health_check("workers", gettext_lazy("后台进程"), _workers)
register_health_check("queue", gettext_lazy("任务队列"), _queue)
register_health_check("dead_jobs", gettext_lazy("失败的任务"), _dead_jobs)
register_health_check("disk", gettext_lazy("磁盘空间"), _disk)
register_health_check("backup", gettext_lazy("备份"), _backup)
register_health_check("remote", gettext_lazy("外部备份"), _remote)
register_health_check("replica", gettext_lazy("连续备份"), _replica)
register_health_check("keys", gettext_lazy("加密密钥"), _keys)
register_health_check("audit", gettext_lazy("审计链"), _audit)
register_thorough_check("audit", _audit_chain)
