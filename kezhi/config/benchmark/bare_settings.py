"""Kezhi's settings without its middleware and addresses: the least Django needs to answer."""

from kezhi.config.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "kezhi.config.benchmark.bare"
