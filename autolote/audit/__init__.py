"""The audit: reads the synthesized templates, and neither an account nor the code behind them."""
