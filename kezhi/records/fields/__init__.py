"""Field types: one class each, the same for built-in, custom, computed and related fields (style §2.7)."""

from kezhi.records.fields.base import Field, ParseContext
from kezhi.records.fields.choices import ChoiceField, MultiChoiceField, TagsField
from kezhi.records.fields.files import FileField, FileRef
from kezhi.records.fields.people import RecordField, UserField
from kezhi.records.fields.personal import EmailField, PhoneField, SecretTextField
from kezhi.records.fields.plain import (
    ClockField,
    DateField,
    DateTimeField,
    IntegerField,
    LongTextField,
    MoneyField,
    NumberField,
    RateField,
    TextField,
    UrlField,
    YesNoField,
)
from kezhi.records.fields.regions import RegionField
from kezhi.records.lists import Option

__all__ = [
    "ChoiceField",
    "ClockField",
    "DateField",
    "DateTimeField",
    "EmailField",
    "Field",
    "FileField",
    "FileRef",
    "IntegerField",
    "LongTextField",
    "MoneyField",
    "MultiChoiceField",
    "NumberField",
    "Option",
    "ParseContext",
    "PhoneField",
    "RateField",
    "RecordField",
    "RegionField",
    "SecretTextField",
    "TagsField",
    "TextField",
    "UrlField",
    "UserField",
    "YesNoField",
]
