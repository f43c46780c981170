"""What the pipeline decides: pure functions, no input or output, no AWS."""
