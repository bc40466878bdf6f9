"""A release in, a checkpoint and its scores out."""
