"""What the pages of access ask of a request."""

from django import forms
from django.http import Http404, HttpRequest
from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.access.models import User
from kezhi.access.policies import NotAllowed


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a page that needs one, at the start of an act of its own."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise NotAllowed
    return actor.fresh() if request.method == "POST" else actor


def user_of(request: HttpRequest) -> User:
    """The signed-in user's row."""
    user_id = actor_of(request).user_id
    user = User.objects.filter(pk=user_id).first() if user_id is not None else None
    if user is None:
        raise Http404
    return user


def asked(request: HttpRequest, name: str, longest: int = 80) -> str:
    """What a page is asked for in its address, without what no database takes."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:longest]


def put_problems(form: forms.Form, problems: dict[str, str | Promise]) -> None:
    """Show what an operation refused at the fields it concerns."""
    for field, text in problems.items():
        form.add_error(field if field in form.fields else None, str(text))
