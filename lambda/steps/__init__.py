"""The states of the machine: one module, one handler, one state."""
