import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from kezhi.core.crypto import KeyMissing, key_of
from kezhi.core.model_fields import EncryptedField
from kezhi.core.tests.fake_models import Secretive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]


def stored(field: str, pk: int) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {field} FROM core_tests_secretive WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def test_the_column_holds_a_token_and_python_the_text():
    row = Secretive.objects.create(name="a", phone="+8613812345678")

    assert "13812345678" not in stored("phone", row.pk)
    assert key_of(stored("phone", row.pk)).startswith("k")
    assert Secretive.objects.get(pk=row.pk).phone == "+8613812345678"
    assert list(Secretive.objects.values_list("phone", flat=True)) == ["+8613812345678"]


def test_empty_and_null_stay_what_they_are_and_can_be_asked():
    empty = Secretive.objects.create(name="empty", phone="")
    null = Secretive.objects.create(name="null", phone=None)
    Secretive.objects.create(name="full", phone="1")

    assert (stored("phone", empty.pk), stored("phone", null.pk)) == ("", None)
    assert Secretive.objects.get(phone="").name == "empty"
    assert Secretive.objects.get(phone__isnull=True).name == "null"
    assert [row.name for row in Secretive.objects.exclude(phone="").filter(phone__isnull=False)] == ["full"]


@pytest.mark.parametrize("lookup", [{"phone": "1"}, {"phone__in": ["1"]}, {"phone__contains": "1"}, {"phone__gt": "1"}])
def test_any_other_lookup_is_refused(lookup):
    with pytest.raises(FieldError, match="blind index"):
        list(Secretive.objects.filter(**lookup))


def test_every_way_of_writing_encrypts():
    first, second = Secretive.objects.bulk_create([Secretive(name="a", phone="11"), Secretive(name="b", phone="22")])
    Secretive.objects.filter(pk=first.pk).update(phone="33")
    second.phone = "44"
    second.email = "a@b.cn"
    Secretive.objects.bulk_update([second], ["phone", "email"])

    assert [row.phone for row in Secretive.objects.order_by("pk")] == ["33", "44"]
    assert all("." in stored("phone", row.pk) for row in (first, second))
    assert Secretive.objects.get(pk=second.pk).email == "a@b.cn"


def test_a_row_with_a_lost_key_is_reported_by_that_key():
    row = Secretive.objects.create(name="a")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_tests_secretive SET phone = 'kgone.AAAA' WHERE id = %s", [row.pk])

    with pytest.raises(KeyMissing, match="kgone"):
        Secretive.objects.get(pk=row.pk)
    assert Secretive.objects.defer("phone").get(pk=row.pk).name == "a"


def test_a_migration_writes_the_purpose():
    text, _imports = MigrationWriter.serialize(Secretive._meta.get_field("email"))

    assert "purpose='secretive.email'" in text
    assert "kezhi.core.model_fields.EncryptedField" in text


@isolate_apps("kezhi.core")
def test_an_encrypted_column_may_not_be_unique_or_indexed():
    class Wrong(models.Model):  # noqa: DJ008
        phone = EncryptedField(purpose="wrong.phone", unique=True)

        class Meta:
            app_label = "core"

    assert [problem.id for problem in Wrong._meta.get_field("phone").check()] == ["kezhi.E001"]
