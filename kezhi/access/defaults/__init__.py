"""What ships with access: the twelve roles of ORG-2 with sensible rights, as rows an administrator may change."""

from kezhi.access.defaults.roles import DEFAULT_ROLES, DefaultRole, load_default_roles

__all__ = ["DEFAULT_ROLES", "DefaultRole", "load_default_roles"]
