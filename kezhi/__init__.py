"""Kezhi (客至): a customer-management system a company runs itself."""

__version__ = "0.1.0"
