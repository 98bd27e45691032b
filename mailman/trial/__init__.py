"""The trial site of ``make run``: a whole mailing-list site on one's own machine.

An SMTP door takes mail for the lists and hands it to ``mail/mailman`` as a mail
server's pipe would; what the lists send is caught in a folder, ``outbox``; a web server
has the pages and the archives.  Nothing leaves the machine: all three listen on, and
speak to, 127.0.0.1 only.
"""

# Opens everything, on this machine only.
PASSWORD = 'trial'  # noqa: S105 - printed for everybody
MEMBERS = ('anne@member.example', 'bart@member.example', 'cate@other.example')
