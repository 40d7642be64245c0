"""Who may do what: departments, users, roles, data scope, field rules, absence and stand-in, sign-in.

Nouns: department, user, role, grant, field rule, absence, actor. Imports ui and core.
"""
