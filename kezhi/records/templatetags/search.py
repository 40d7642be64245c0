"""What was found, line by line; written in Python, as dozens of lines come with every letter typed."""

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

from kezhi.records.search.finding import Hit, Hits
from kezhi.ui import html

register = template.Library()


@register.simple_tag
def found_lines(group: Hits, in_palette: bool) -> SafeString:
    """A link for each hit of a type: an option of the palette's list box, or a plain link."""
    head = '<a class="palette__item" role="option" aria-selected="false"' if in_palette else '<a class="palette__item"'
    drawing = html.icon(group.record_type.icon)
    return mark_safe("".join(f"{head}{_line(hit, drawing)}" for hit in group.hits))  # noqa: S308 - escaped in _line


def _line(hit: Hit, drawing: str) -> str:
    record = hit.record
    excerpt = f' <span class="soft">{escape(hit.excerpt)}</span>' if hit.excerpt else ""
    beside = "".join(f"<span>{conditional_escape(value)}</span>" for value in record.subtitles)
    return (
        f' href="{record.url}">{drawing}<span class="palette__name">{escape(record.title)}{excerpt}</span>'
        f'<small class="not-phone">{escape(record.number)}</small><span class="palette__end">{beside}</span></a>'
    )
