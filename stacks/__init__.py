"""What is deployed: runs at synthesis, and nowhere else."""
