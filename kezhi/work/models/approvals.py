"""Approvals: flows with their versions, what was asked for, its chain, who takes part."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.policies import GuardedQuerySet
from kezhi.core.model_fields import EncryptedField
from kezhi.core.models.named import Named


class ApprovalFlow(Named):
    """Who has to agree to an act. ``version`` is the definition in force; those still running keep the one they have.

    Flows of an act are tried in their order; the first whose definition fits is taken. ``key`` names a shipped one.
    """

    key = models.SlugField(max_length=60, unique=True, null=True, blank=True)
    act = models.CharField(max_length=60)
    order = models.PositiveIntegerField(default=0)
    is_on = models.BooleanField(default=True)
    version = models.ForeignKey(
        "work.ApprovalFlowVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["act", "order", "id"]
        indexes = [models.Index(fields=["act", "order"], name="approval_flow_act")]


class ApprovalFlowVersion(models.Model):
    """What a flow said at one time (``kezhi.work.approval_flows.Definition`` as JSON)."""

    flow = models.ForeignKey(ApprovalFlow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["flow_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["flow", "number"], name="approval_flow_version_once")]

    def __str__(self) -> str:
        return f"{self.flow_id} v{self.number}"


class ApprovalState(models.TextChoices):
    """Where an approval stands. ``failed``: agreed to, but the act could not be done any more."""

    WAITING = "waiting", _("审批中")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("已驳回")
    WITHDRAWN = "withdrawn", _("已撤回")
    FAILED = "failed", _("未能执行")


class ApprovalManager(models.Manager["Any"]):
    """Gives guarded querysets: they raise until ``visible_to(actor)`` or ``ungated(reason)`` was said."""

    def get_queryset(self) -> GuardedQuerySet[Any]:
        return GuardedQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Any, action: str = "view") -> GuardedQuerySet[Any]:
        """Approvals the actor takes part in, or somebody below the actor asked for."""
        return self.get_queryset().visible_to(actor, action)

    def ungated(self, reason: str) -> GuardedQuerySet[Any]:
        """All of them, for work that answers for its own rights."""
        return self.get_queryset().ungated(reason)


class Approval(models.Model):
    """One request to be allowed to do something.

    ``payload`` is what the act needs (JSON), ``snapshot`` the record's values when it was asked for (JSON, as
    ``kezhi.work.approval_records`` writes them), ``fingerprint`` tells whether anything changed since. ``stage`` is the
    position of the stage that waits. ``door`` says through what it was asked for.
    """

    act = models.CharField(max_length=60)
    title = models.CharField(_("标题"), max_length=200)
    text = EncryptedField(purpose="work.approval.text", blank=True, default="")
    amount = models.DecimalField(_("金额"), max_digits=16, decimal_places=2, null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.WAITING)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("申请人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        "access.Department", verbose_name=_("部门"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    about_type = models.CharField(max_length=40, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    about_title = models.CharField(_("关于"), max_length=200, blank=True)
    payload = EncryptedField(purpose="work.approval.payload", blank=True, default="")
    snapshot = EncryptedField(purpose="work.approval.snapshot", blank=True, default="")
    fingerprint = models.CharField(max_length=64, blank=True)
    flow = models.ForeignKey(ApprovalFlow, on_delete=models.SET_NULL, null=True, related_name="+")
    flow_version = models.ForeignKey(ApprovalFlowVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    stage = models.PositiveIntegerField(default=0)
    door = models.CharField(max_length=12, default="page")
    form_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    performed_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ApprovalManager] = ApprovalManager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["requester", "state", "-id"], name="approval_requester"),
            models.Index(fields=["about_type", "about_id", "state"], name="approval_about"),
            models.Index(fields=["state", "-id"], name="approval_state"),
        ]

    def __str__(self) -> str:
        return self.title


class StageMode(models.TextChoices):
    """How those of one stage decide: everybody, whoever comes first, or one after the other."""

    ALL = "all", _("会签")
    ANY = "any", _("或签")
    TURN = "turn", _("依次")


class StageState(models.TextChoices):
    """Where one stage of the chain stands."""

    PLANNED = "planned", _("未到")
    WAITING = "waiting", _("进行中")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("已驳回")
    SKIPPED = "skipped", _("已跳过")
    DROPPED = "dropped", _("已停止")


class ApprovalStage(models.Model):
    """One link of an approval's chain: some people and how they decide together."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="stages", db_index=False)
    position = models.PositiveIntegerField()
    label_zh = models.CharField(max_length=120, blank=True)
    label_en = models.CharField(max_length=120, blank=True)
    mode = models.CharField(max_length=5, choices=StageMode.choices, default=StageMode.ALL)
    state = models.CharField(max_length=10, choices=StageState.choices, default=StageState.PLANNED)
    minutes = models.PositiveIntegerField(default=0)
    on_timeout = models.CharField(max_length=10, default="stand_in")

    class Meta:
        ordering = ["approval_id", "position", "id"]
        indexes = [models.Index(fields=["approval", "position"], name="approval_stage_position")]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.position}"


class StepState(models.TextChoices):
    """Where one person's say stands. ``held``: somebody they asked first decides before them."""

    PLANNED = "planned", _("未到")
    HELD = "held", _("等加签")
    WAITING = "waiting", _("待审批")
    APPROVED = "approved", _("同意")
    REFUSED = "refused", _("驳回")
    HANDED_ON = "handed_on", _("已转办")
    TIMED_OUT = "timed_out", _("已超时")
    MOVED = "moved", _("已改派")
    SKIPPED = "skipped", _("已跳过")
    DROPPED = "dropped", _("无需审批")


class ApprovalStep(models.Model):
    """One person's say in a stage. ``user`` is asked; ``decided_by`` is who answered, maybe their stand-in.

    ``why`` is how the person came in (a key of ``kezhi.work.approval_words``), ``came_from`` whose place they took or
    who brought them in, ``before`` the step that is held until this one is decided, ``told_stand_in`` who was told
    while the person is away.
    """

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="steps", db_index=False)
    stage = models.ForeignKey(ApprovalStage, on_delete=models.CASCADE, related_name="steps", db_index=False)
    order = models.PositiveIntegerField(default=0)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=20, default="")
    came_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    before = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PLANNED)
    waiting_since = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    told_stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = EncryptedField(purpose="work.approval_step.reason", blank=True, default="")

    class Meta:
        ordering = ["approval_id", "stage_id", "order", "id"]
        indexes = [
            models.Index(fields=["approval", "stage", "order"], name="approval_step_place"),
            models.Index(fields=["user", "state"], name="approval_step_user"),
            models.Index(fields=["due_at"], name="approval_step_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id} {self.user_id} {self.state}"


class PartyRole(models.TextChoices):
    """As what somebody takes part in an approval."""

    APPROVER = "approver", _("审批人")
    COPIED = "copied", _("抄送")


class ApprovalParty(models.Model):
    """Who sees an approval besides the requester and those above: approvers, past ones too, and copied people."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="parties", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=8, choices=PartyRole.choices)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approval", "user", "role"], name="approval_party_once")]
        indexes = [models.Index(fields=["user", "role", "-approval"], name="approval_party_user")]

    def __str__(self) -> str:
        return f"{self.approval_id} {self.user_id} {self.role}"


class ApprovalLink(models.Model):
    """A private way to one step from a mail; only the token's hash is kept."""

    step = models.ForeignKey(ApprovalStep, on_delete=models.CASCADE, related_name="links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.step_id} {self.user_id}"
