"""Tree journeys, to come with step values."""
