"""What people type: one module per command, each with `add(subparsers)`."""
