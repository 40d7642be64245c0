"""Sessions, failed sign-ins, and the second factor (ORG-7)."""

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from kezhi.access.models.organisation import User
from kezhi.core.model_fields import EncryptedField


class Session(AbstractBaseSession):
    """A signed-in browser. Deleting the row signs it out at once; ``method`` is how it was opened ("password+code")."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=120, blank=True)
    method = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The engine that reads and writes these rows, as Django's base class asks for it."""
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


class SignInFailure(models.Model):
    """A sign-in that failed; enough of them lock the account or the address for a while."""

    at = models.DateTimeField()
    username = models.CharField(max_length=60)
    address = models.CharField(max_length=45)

    class Meta:
        indexes = [
            models.Index(fields=["username", "at"], name="sign_in_failure_username"),
            models.Index(fields=["address", "at"], name="sign_in_failure_address"),
            models.Index(fields=["at"], name="sign_in_failure_at"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """The secret shared with somebody's authenticator app. ``last_step`` keeps a code from being used twice."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="second_factor")
    secret = EncryptedField(purpose="access.second_factor.secret")
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code that replaces the authenticator once; only its keyed hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.user)
