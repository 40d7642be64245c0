"""Signing in with the company's own accounts: one OpenID Connect provider, named by the environment (ORG-7)."""

from kezhi.access.single_sign_on.problems import ProviderProblem
from kezhi.access.single_sign_on.provider import Provider, Visitor, configured_provider

__all__ = ["Provider", "ProviderProblem", "Visitor", "configured_provider"]
