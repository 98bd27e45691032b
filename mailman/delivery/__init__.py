"""Delivery: from a message in the out queue to the mail server, and what came of it.

``deliver.process`` is the way in; it picks chunks (recipients), senders (verp), texts
(decorate, personal) and hands transactions to the conversation (smtp, wire).
"""
