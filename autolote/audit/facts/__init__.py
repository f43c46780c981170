"""What the templates say, as plain records: each module here is pure functions over them."""
