"""The parts that stacks are composed of: one kind of thing each."""
