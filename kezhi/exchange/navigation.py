"""Where import and export are found."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.exchange.importing.targets import importable_types
from kezhi.ui.navigation import CreateItem, register_create


def _may_import(actor: Any) -> bool:
    return actor is not None and bool(importable_types(actor))


register_create(CreateItem("import", _("导入名单"), "upload", "exchange:import_start", 90, _may_import, sheet=False))
