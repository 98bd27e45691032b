"""The measurements behind docs/tests.md: ``make bench`` or ``python -m tests.bench``."""
