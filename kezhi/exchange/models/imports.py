"""An import from the file to its last row, and back (DATA-1)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.model_fields import EncryptedField


class RunState(models.TextChoices):
    """Where an import stands. ``checking``, ``applying`` and ``undoing`` are at work; the others wait for a person."""

    MAPPING = "mapping", _("对应列")
    CHECKING = "checking", _("检查中")
    CHECKED = "checked", _("待确认")
    APPLYING = "applying", _("导入中")
    DONE = "done", _("已导入")
    UNDOING = "undoing", _("撤销中")
    UNDONE = "undone", _("已撤销")
    FAILED = "failed", _("失败")


WORKING = (RunState.CHECKING, RunState.APPLYING, RunState.UNDOING)


class RowState(models.TextChoices):
    """What becomes, or became, of a row."""

    READY = "ready", _("可导入")
    BAD = "bad", _("有问题")
    DUPLICATE = "duplicate", _("重复")
    BLANK = "blank", _("空行")
    CREATED = "created", _("已新建")
    UPDATED = "updated", _("已更新")
    SKIPPED = "skipped", _("已跳过")
    UNDONE = "undone", _("已撤销")
    KEPT = "kept", _("未撤销")


class Decision(models.TextChoices):
    """What to do with a row that is here already."""

    SKIP = "skip", _("跳过")
    UPDATE = "update", _("用文件更新")
    MERGE = "merge", _("只补空缺")
    CREATE = "create", _("仍然新建")


class ImportRun(models.Model):
    """One file on its way in.

    ``mapping`` holds the target key per column number (as text); ``options`` what the person chose (see
    ``importing.options.ImportOptions``); ``counts`` the rows per state. The file lies encrypted outside the web root
    under ``storage_name``. All records of the import carry ``operation`` in their events. ``cursor`` is how far the
    present step has come (a row's number, or an event's id while undoing): a killed worker's successor goes on there.
    ``checked_under`` names the state of everything the check hung on; while it is the same, what the check made of the
    rows is stored as it is.
    """

    record_type = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=12, default="import")
    file_name = models.CharField(max_length=200)
    file_size = models.BigIntegerField()
    storage_name = models.CharField(max_length=64, blank=True)
    file_kind = models.CharField(max_length=8)
    encoding = models.CharField(max_length=20, blank=True)
    sheet = models.PositiveSmallIntegerField(default=0)
    sheet_names = models.JSONField(default=list)
    heading_row = models.PositiveIntegerField(default=0)
    headings = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=32, blank=True)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    notices = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.MAPPING)
    problem = models.TextField(blank=True)
    checked_under = models.CharField(max_length=120, blank=True)
    counts = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    operation = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="import_run_user"),
            models.Index(fields=["operation"], name="import_run_operation"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether a job is at it right now."""
        return self.state in WORKING

    @property
    def percent(self) -> int:
        """How far the present step has come, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0


class ImportRow(models.Model):
    """One row of the file. ``content`` and ``problems`` are JSON and encrypted: they hold personal data.

    ``content`` is a list of cells, or the values by target once somebody corrected them. ``problem_fields`` repeats
    which fields are wrong, for counting. ``checked`` is what the check made of a sound row, until it is stored. The
    three keys tell rows of the same import that are the same customer. ``partner_id`` is the record this row repeats,
    ``partner_row`` the earlier row of the file.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RowState.choices)
    content = EncryptedField(purpose="exchange.import_row.content", blank=True, default="")
    is_edited = models.BooleanField(default=False)
    problems = EncryptedField(purpose="exchange.import_row.problems", blank=True, default="")
    problem_fields = models.CharField(max_length=200, blank=True)
    checked = EncryptedField(purpose="exchange.import_row.checked", blank=True, default="")
    name_key = models.CharField(max_length=32, blank=True)
    phone_key = models.CharField(max_length=32, blank=True)
    email_key = models.CharField(max_length=32, blank=True)
    partner_id = models.BigIntegerField(null=True)
    partner_row = models.PositiveIntegerField(null=True)
    certainty = models.CharField(max_length=8, blank=True)
    reasons = models.CharField(max_length=60, blank=True)
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    record_id = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["run_id", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["run", "state", "number"], name="import_row_state")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"


class MappingMemory(models.Model):
    """What was chosen for a list with these columns, so that the next one of its kind needs no click."""

    record_type = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=32)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    value_maps = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "fingerprint"], name="mapping_memory_once")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.fingerprint}"
