"""The pages: one module per program, with ``respond(request) -> Response``.

The table has 2.1's eleven programs, ``search`` for archives, and ``assets`` for the
style sheet.
"""

PAGES = {
    'admin': 'mailman.web.pages.admin',
    'admindb': 'mailman.web.pages.admindb',
    'assets': 'mailman.web.pages.assets',
    'confirm': 'mailman.web.pages.confirm',
    'create': 'mailman.web.pages.create',
    'edithtml': 'mailman.web.pages.edithtml',
    'listinfo': 'mailman.web.pages.listinfo',
    'options': 'mailman.web.pages.options',
    'private': 'mailman.web.pages.private',
    'rmlist': 'mailman.web.pages.rmlist',
    'roster': 'mailman.web.pages.roster',
    'search': 'mailman.web.pages.search',
    'subscribe': 'mailman.web.pages.subscribe',
}
