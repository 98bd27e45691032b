"""The pages for browsers: a WSGI application, one module in ``pages/`` per program.

``app`` is the front door: it finds program and list, reads the form, and turns what a
page answers or refuses into bytes.  Pages hold no HTML (templates/web) and no policy
(mailman/actions).
"""
