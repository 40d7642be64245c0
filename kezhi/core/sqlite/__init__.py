"""Django's SQLite backend with a queue for writers (``ENGINE = "kezhi.core.sqlite"``)."""
