"""``Mailman.Version``."""

from mailman import COMPATIBLE_VERSION

VERSION = COMPATIBLE_VERSION
