"""What people do with imports and exports: one verb each. The long work behind them is in ``steps``."""
