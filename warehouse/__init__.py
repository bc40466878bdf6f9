"""The floor all rooms stand on: records, the lake, SQL, releases."""
