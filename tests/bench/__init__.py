"""The measurements behind docs/tests.md: `make bench`, `python -m tests.bench`."""
