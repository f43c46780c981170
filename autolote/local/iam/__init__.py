"""Who may do what in the local account, decided as AWS does."""
