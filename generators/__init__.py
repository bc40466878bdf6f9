"""Problems in, traces out: problem sources, prompt styles, teachers, journeys."""
