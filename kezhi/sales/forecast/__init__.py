"""Forecast, targets and analysis of sales (SAL-8): statements over many opportunities, and what pages show of them."""
