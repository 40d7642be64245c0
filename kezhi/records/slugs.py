"""The part of an address that names a record type: ``/customers/`` reaches views as the type itself."""

from django.urls import register_converter

from kezhi.records.registry import RecordType, type_by_slug


class RecordTypeConverter:
    """``<record_type:record_type>`` in a path; matches slugs of registered types only."""

    regex = "[a-z][a-z0-9_-]*"

    def to_python(self, value: str) -> RecordType:
        """The type for a slug."""
        found = type_by_slug(value)
        if found is None:
            raise ValueError(value)
        return found

    def to_url(self, value: RecordType | str) -> str:
        """The slug of a type."""
        return value if isinstance(value, str) else value.slug


register_converter(RecordTypeConverter, "record_type")
