"""Errors as RFC 9457 problem documents, in the caller's language."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import msgspec
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kezhi.access.actors import Actor
from kezhi.access.lookups import LookupsUsedUp
from kezhi.access.policies import NotAllowed
from kezhi.core.conditions import ConditionProblem
from kezhi.core.outage import RETRY_AFTER_SECONDS, is_outage
from kezhi.records.api.tokens import actor_of_token
from kezhi.records.listing.problems import ListProblem
from kezhi.records.operations import Conflict, InvalidRecord

logger = logging.getLogger(__name__)

P = ParamSpec("P")
Answer = Callable[Concatenate[HttpRequest, P], HttpResponse]


class ApiProblem(Exception):
    """An error answer: HTTP status, stable code, a sentence, maybe sentences per field."""

    def __init__(self, status: int, code: str, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = dict(errors or {})


def problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    """A problem document."""
    body = {"type": f"urn:kezhi:problem:{code}", "title": code, "status": status, "detail": detail, **more}
    response = HttpResponse(msgspec.json.encode(body), content_type="application/problem+json", status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="kezhi"'
    return response


def api(view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]) -> Answer[P]:
    """An API endpoint: the actor comes from the token, refusals leave as problem documents."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            actor = actor_of_token(request)
            if actor is None:
                return problem(401, "unauthorized", _("令牌缺失、无效、已过期或已吊销"))
            return view(request, actor, *args, **kwargs)
        except ApiProblem as error:
            more = {"errors": error.errors} if error.errors else {}
            return problem(error.status, error.code, error.detail, **more)
        except LookupsUsedUp as error:
            response = problem(429, "too_many_lookups", error.message)
            response["Retry-After"] = str(error.seconds)
            return response
        except NotAllowed as error:
            return problem(403, "not_allowed", str(error.message), subject=error.subject, action=error.action)
        except InvalidRecord as error:
            errors = {key: str(text) for key, text in error.problems.items()}
            return problem(422, "invalid", _("有字段不符合要求"), errors=errors)
        except Conflict as error:
            return problem(
                409,
                "conflict",
                _("这些字段刚被别人改过"),
                version=error.record.version,
                fields=[clash.field for clash in error.clashes],
            )
        except ListProblem as error:
            return problem(400, f"bad_{error.part}", str(error.message))
        except ConditionProblem as error:
            return problem(400, "bad_filter", str(error.message), path=error.path)
        except RequestDataTooBig:
            return problem(413, "too_large", _("内容太大"))
        except ObjectDoesNotExist:
            return problem(404, "not_found", _("没有这条记录，或者您没有权限查看"))
        except (OperationalError, InterfaceError) as error:
            if not is_outage(error):
                raise
            logger.warning("the database cannot serve %s %s: %s", request.method, request.path, error)
            response = problem(503, "busy", _("数据库这会儿忙不过来，没有改动任何内容，请过几秒再试"))
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response

    return answer
