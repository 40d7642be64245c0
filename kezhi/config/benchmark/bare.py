"""The yardstick: 50 rows of the same table in the same order as JSON, with nothing around them."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from kezhi.customers.models import Customer

_COLUMNS = (
    *("id", "number", "name", "owner_id", "industry", "city", "level", "lifecycle", "completeness"),
    *("budget_high", "primary_contact_name", "last_followed_at", "next_follow_at", "created_at"),
)


def rows(request: HttpRequest) -> JsonResponse:
    """Fifty customers of one level, newest first."""
    found = Customer.objects.ungated("bench").filter(level="A", deleted_at__isnull=True)
    return JsonResponse({"items": list(found.order_by("-created_at", "-id").values(*_COLUMNS)[:50])})


urlpatterns = [path("bare/", rows)]
