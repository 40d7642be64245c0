"""Mail that comes in: the boxes it is fetched from, what each mail became, and what was sent that may be answered."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.model_fields import EncryptedField


class Mailbox(models.Model):
    """A folder of an IMAP account that is read and never changed.

    ``purpose`` says what a mail of an unknown sender becomes; one of a known sender is always filed there.
    ``uid_validity`` and ``last_uid`` say how far it was read (RFC 3501); None before the first look. ``since_on`` keeps
    old mails out after the server has numbered its mails anew. ``stuck_uid`` is the mail being fetched, ``stuck_times``
    how often that was begun: one that is never finished is cut in the end. ``failing_since`` stands while fetching
    fails, the reason as code and values (``kezhi.exchange.faults``); ``lease_until`` while somebody fetches.
    """

    class Purpose(models.TextChoices):
        LEADS = "leads", _("不认识的人来信成为线索")
        CORRESPONDENCE = "correspondence", _("只收已有客户和线索的来信")

    class Security(models.TextChoices):
        SSL = "ssl", "SSL/TLS"
        STARTTLS = "starttls", "STARTTLS"
        NONE = "none", _("不加密（仅限内部网络）")

    name = models.CharField(_("名称"), max_length=80)
    host = models.CharField(_("IMAP 服务器"), max_length=200)
    port = models.PositiveIntegerField(_("端口"))
    security = models.CharField(_("加密"), max_length=10, choices=Security.choices, default=Security.SSL)
    user = models.CharField(_("用户名"), max_length=200)
    password = EncryptedField(purpose="exchange.mailbox.password", blank=True, default="")
    folder = models.CharField(_("文件夹"), max_length=120, default="INBOX")
    purpose = models.CharField(_("来信怎么处理"), max_length=20, choices=Purpose.choices, default=Purpose.LEADS)
    takes_old = models.BooleanField(_("已有的邮件也收"), default=False)
    channel = models.CharField(_("来源渠道"), max_length=60, blank=True)
    source_detail = models.CharField(_("具体来源"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    blocked = models.TextField(_("不收谁的信"), blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    since_on = models.DateField(null=True)
    stuck_uid = models.BigIntegerField(null=True)
    stuck_times = models.PositiveIntegerField(default=0)
    last_fetched_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    alerted_at = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem_values = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-is_active", "id"]

    def __str__(self) -> str:
        return self.name


class ReceivedMail(models.Model):
    """A mail that was fetched, and what it became. Of one that concerns nobody only that it came is kept.

    ``key`` is a digest of its Message-ID: the same mail is taken once, however often it is fetched. ``attachments``
    lists ``{"name": …, "file": id or None, "problem": code, "values": {…}}``.
    """

    class Outcome(models.TextChoices):
        LEAD = "lead", _("新线索")
        FILED = "filed", _("归到记录")
        UNKNOWN = "unknown", _("没有对上记录")
        AUTOMATIC = "automatic", _("自动回复或群发")
        BOUNCE = "bounce", _("退信")
        SPAM = "spam", _("垃圾邮件")
        BLOCKED = "blocked", _("在不收名单里")
        COPY = "copy", _("另一个收件箱收过")
        OWN = "own", _("自己发出的")
        FLOOD = "flood", _("来得太多")
        ANSWER = "answer", _("审批回复")
        FAILED = "failed", _("没有处理成")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="mails", db_index=False)
    key = models.CharField(max_length=64)
    message_id = models.CharField(max_length=250, blank=True)
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    size = models.BigIntegerField(default=0)
    sender = EncryptedField(purpose="exchange.mail.sender", blank=True, default="")
    sender_index = models.CharField(max_length=32, blank=True)
    sender_name = EncryptedField(purpose="exchange.mail.sender_name", blank=True, default="")
    subject = EncryptedField(purpose="exchange.mail.subject", blank=True, default="")
    text = EncryptedField(purpose="exchange.mail.text", blank=True, default="")
    is_cut = models.BooleanField(default=False)
    attachments = models.JSONField(default=list)
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    record_type = models.CharField(max_length=60, blank=True)
    record_id = models.BigIntegerField(null=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem_values = models.JSONField(default=dict)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "key"], name="received_mail_once")]
        indexes = [
            models.Index(fields=["mailbox", "-id"], name="received_mail_latest"),
            models.Index(fields=["record_type", "record_id", "received_at"], name="received_mail_record"),
            models.Index(fields=["message_id"], name="received_mail_message"),
            models.Index(fields=["mailbox", "sender_index", "received_at"], name="received_mail_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.outcome}"


class SentMail(models.Model):
    """A mail that left about a record, so that the answer to it finds its way back."""

    message_id = models.CharField(max_length=250, unique=True)
    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.message_id
