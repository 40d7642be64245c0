"""One control for one field's value, for bulk edits and filters outside the record's own form."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.records.fields import Field, MultiChoiceField, NumberField, YesNoField

# Longer lists are searched while typing.
_LONG = 12
_INPUTS = {"date": "date", "datetime": "datetime-local", "number": "text", "money": "text", "url": "url"}


def write_control(
    field: Field,
    actor: Actor,
    name: str,
    value: Sequence[str] = (),
    *,
    options: Sequence[tuple[str, str]] | None = None,
) -> SafeString:
    """A select where there is a list of choices, else an input of the field's kind; its id is ``id-<name>``."""
    choices = (
        list(options) if options is not None else [(o.value, o.label) for o in field.options(actor) if o.is_active]
    )
    if isinstance(field, YesNoField):
        choices = [("true", gettext("是")), ("false", gettext("否"))]
    identifier = f'id="id-{escape(name)}" name="{escape(name)}" class="input"'
    if choices:
        multiple = " multiple" if isinstance(field, MultiChoiceField) else ""
        search = ' data-controller="combobox"' if multiple or len(choices) > _LONG else ""
        rows = "" if multiple else f'<option value="">{escape(gettext("请选择"))}</option>'
        for key, label in choices:
            chosen = " selected" if str(key) in value else ""
            rows += f'<option value="{escape(key)}"{chosen}>{escape(label)}</option>'
        return mark_safe(f"<select {identifier}{multiple}{search}>{rows}</select>")  # noqa: S308 - escaped above
    kind = _INPUTS.get(field.control, "text")
    mode = ' inputmode="decimal"' if isinstance(field, NumberField) else ""
    typed = escape(value[0]) if value else ""
    return mark_safe(f'<input {identifier} type="{kind}" value="{typed}"{mode}>')  # noqa: S308 - escaped above
