"""``Mailman.UserDesc``: what is known of somebody who is to be subscribed."""

from __future__ import annotations


class UserDesc:
    """Address, name, password, kind of delivery and language; None: not given."""

    def __init__(
        self,
        address: str | None = None,
        fullname: str | None = None,
        password: str | None = None,
        digest: int | None = None,
        lang: str | None = None,
    ) -> None:
        self.address = address
        self.fullname = fullname
        self.password = password
        self.digest = digest
        self.language = lang
