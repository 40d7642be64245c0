"""Every write of sales: one verb, one function, one transaction, one event."""
