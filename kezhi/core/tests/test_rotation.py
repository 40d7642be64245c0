import pytest
from django.db import connection

from kezhi.core.crypto import encrypt, key_of, rotate_keys
from kezhi.core.events import ActorRef
from kezhi.core.models import Event
from kezhi.core.rotation import Reencrypted, record_rotation, reencrypt_field
from kezhi.core.tests.fake_models import Secretive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]

PHONE = Secretive._meta.get_field("phone")


def tokens() -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM core_tests_secretive ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_every_value_gets_the_new_key_and_keeps_its_text():
    Secretive.objects.bulk_create([Secretive(name=str(n), phone=str(n)) for n in range(450)])
    Secretive.objects.create(name="empty", phone="")
    Secretive.objects.create(name="null", phone=None)
    new = rotate_keys()

    assert reencrypt_field(Secretive, PHONE) == Reencrypted(changed=450)
    assert reencrypt_field(Secretive, PHONE) == Reencrypted()

    assert {key_of(token) for token in tokens() if token} == {new}
    assert [row.phone for row in Secretive.objects.order_by("pk")] == [*(str(n) for n in range(450)), "", None]


def test_a_value_with_a_lost_key_is_counted_and_left_alone():
    Secretive.objects.bulk_create([Secretive(name=str(n), phone=str(n)) for n in range(3)])
    middle = Secretive.objects.order_by("pk")[1].pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_tests_secretive SET phone = 'kgone.AAAA' WHERE id = %s", [middle])
    rotate_keys()

    assert reencrypt_field(Secretive, PHONE) == Reencrypted(changed=2, unreadable=1)
    assert tokens()[1] == "kgone.AAAA"


def test_a_value_saved_meanwhile_is_not_overwritten(monkeypatch):
    row = Secretive.objects.create(name="a", phone="old")
    rotate_keys()

    def saved_meanwhile(text: str, *, purpose: str) -> str:
        Secretive.objects.filter(pk=row.pk).update(phone="new")
        return encrypt(text, purpose=purpose)

    monkeypatch.setattr("kezhi.core.rotation.encrypt", saved_meanwhile)
    reencrypt_field(Secretive, PHONE)

    assert Secretive.objects.get().phone == "new"


def test_a_rotation_stopped_in_the_middle_is_finished_by_the_next(monkeypatch):
    Secretive.objects.bulk_create([Secretive(name=str(n), phone=str(n)) for n in range(300)])
    new = rotate_keys()
    monkeypatch.setattr("kezhi.core.rotation.pause_between_jobs", lambda: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        reencrypt_field(Secretive, PHONE)
    monkeypatch.undo()

    assert reencrypt_field(Secretive, PHONE) == Reencrypted(changed=100)
    assert {key_of(token) for token in tokens()} == {new}


def test_a_rotation_is_in_the_log_without_the_key_itself():
    record_rotation("k12345678", actor=ActorRef("system", "kezhi", "cli"))

    event = Event.objects.get()
    assert (event.kind, event.facts) == ("core.keys_rotated", '{"key":"k12345678"}')
