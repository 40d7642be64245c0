"""The pages of access: signing in, one's own account, the settings of organisation, roles, figures, and the audit."""
