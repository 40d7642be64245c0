"""``kezhi bench``: how quickly the real server answers on a large register, beside a bare Django view."""
