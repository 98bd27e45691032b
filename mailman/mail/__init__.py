"""Mail as text and bytes: messages, headers, addresses, charsets; no list, no site.

Nothing here raises for what a stranger sent; refusals are for what our own side sets.
"""
