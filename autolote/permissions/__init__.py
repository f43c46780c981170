"""Whether the roles of an environment have exactly the permissions they use."""
