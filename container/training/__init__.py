"""Training with the team's own script: from CSV to model.txt, in segments that repeat exactly."""
