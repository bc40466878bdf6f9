"""Programs and their tests: what a model wrote is run in the sandbox, what it should have done is compared outside of it."""
