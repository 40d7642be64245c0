"""Passkeys, accounts of a single sign-on, and sign-ins that are half done (ORG-7)."""

from django.db import models

from kezhi.access.models.organisation import User


class Passkey(models.Model):
    """A key pair of which the private half never leaves somebody's device (WebAuthn).

    ``handle`` is what the device knows the user by, the same for all of one user's; ``host`` is the name it was made
    under, the only one it works with. ``sign_count`` only grows on devices that count.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=1400, unique=True)
    public_key = models.BinaryField()
    handle = models.CharField(max_length=90)
    host = models.CharField(max_length=253)
    transports = models.JSONField(default=list)
    sign_count = models.BigIntegerField(default=0)
    is_synced = models.BooleanField(default=False)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """Somebody's account at the provider of single sign-on: its ``subject`` never changes, an address may."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=400)
    subject = models.CharField(max_length=255)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="identity_one_per_user"),
        ]

    def __str__(self) -> str:
        return self.email or self.subject


class SignInStep(models.Model):
    """What was asked of one browser and waits for its answer: a challenge, a trip to the provider. Serves once.

    The browser holds the key in a cookie; only its digest is kept.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    data = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.kind
