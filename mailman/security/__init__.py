"""Passwords and tokens: how they are stored, made and compared."""
