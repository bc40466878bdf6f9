"""Programs and their tests: they run in the sandbox, what they should have done is compared outside of it."""
