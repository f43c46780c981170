"""autolote: train with Autopilot, score in batch, prove the rows. What runs on a laptop."""
