"""From lead to payment: leads, pipelines, opportunities, products, quotes, contracts, payments, orders, forecast.

Imports customers and below.
"""
