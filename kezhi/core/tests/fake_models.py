"""Small tables for the tests of core. Their app is not installed, so no migration and no other test ever sees them."""

from django.db import models

from kezhi.core.model_fields import EncryptedField


class Secretive(models.Model):
    name = models.CharField(max_length=50)
    phone = EncryptedField(purpose="secretive.phone", blank=True, null=True)
    email = EncryptedField(purpose="secretive.email", blank=True, default="")

    class Meta:
        app_label = "core_tests"

    def __str__(self):
        return str(self.pk)


class Mark(models.Model):
    """What a job leaves behind."""

    text = models.CharField(max_length=100)

    class Meta:
        app_label = "core_tests"

    def __str__(self):
        return str(self.pk)
