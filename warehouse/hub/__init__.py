"""The Hub: a release is looked through, sent whole or not at all, and found again under its tag."""
