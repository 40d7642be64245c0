"""The demo company 云杉数据: a server-and-backup firm with its people, customers and a year of work (UX-4)."""

from kezhi.process.demo.company import PASSWORD, SignIn, is_loaded, sign_ins
from kezhi.process.demo.loading import DemoProblem, begin_rules, load_demo

__all__ = ["PASSWORD", "DemoProblem", "SignIn", "begin_rules", "is_loaded", "load_demo", "sign_ins"]
