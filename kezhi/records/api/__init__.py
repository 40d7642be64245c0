"""The REST API of every record type, made from its declaration: lists by key paging, filters in the condition language,
idempotent writes, problem+json errors, and an OpenAPI 3.1 description of it all (DATA-3)."""
