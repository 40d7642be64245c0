# zh-data: names of the departments a new company can start with, in both languages
"""The departments most companies have, offered when an installation becomes a company's own (ORG-1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShippedDepartment:
    """A department with its names; ``parent`` is the key of another one of these, or "" below the company."""

    key: str
    zh: str
    en: str
    parent: str = ""


DEPARTMENTS = (
    ShippedDepartment("executive", "总经办", "Executive office"),
    ShippedDepartment("sales", "销售部", "Sales"),
    ShippedDepartment("sales-1", "销售一部", "Sales One", "sales"),
    ShippedDepartment("sales-2", "销售二部", "Sales Two", "sales"),
    ShippedDepartment("marketing", "市场部", "Marketing"),
    ShippedDepartment("service", "客服部", "Customer service"),
    ShippedDepartment("support", "技术支持部", "Technical support"),
    ShippedDepartment("product", "产品部", "Product"),
    ShippedDepartment("finance", "财务部", "Finance"),
    ShippedDepartment("legal", "法务部", "Legal"),
    ShippedDepartment("it", "信息部", "IT"),
)
# Where the person who sets the system up belongs, when it is there.
ADMINISTRATORS_DEPARTMENT = "it"
