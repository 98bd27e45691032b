"""The folders of an installation, and the modes that files in them must have.

bin/check_perms holds an installation against these tables, and `make install` builds
it from them, so this module imports nothing.  The facts are 2.1's.

Directories belong to the group and pass it on (set-gid); what lists say to each other
in private (queues, archives) is closed to others.
"""

# Root of the folder: path below it: mode.
DIRECTORY = 0o2775
CLOSED = 0o2770
# Others may pass through but not look: public archives are links into it.
PASSAGE = 0o2771

CODE = {
    '.': DIRECTORY,
    'bin': DIRECTORY,
    'cron': DIRECTORY,
    'scripts': DIRECTORY,
    'icons': DIRECTORY,
    'messages': DIRECTORY,
    'templates': DIRECTORY,
    'pythonlib': DIRECTORY,
    'Mailman': DIRECTORY,
    'Mailman/Handlers': DIRECTORY,
}
PROGRAMS = {'.': DIRECTORY, 'mail': DIRECTORY, 'cgi-bin': DIRECTORY}
QUEUES = (
    'archive',
    'bad',
    'bounces',
    'commands',
    'in',
    'maildir',
    'news',
    'out',
    'retry',
    'shunt',
    'virgin',
)
STATE = {
    '.': DIRECTORY,
    'archives': DIRECTORY,
    'archives/private': PASSAGE,
    'archives/public': DIRECTORY,
    'data': DIRECTORY,
    'lists': DIRECTORY,
    'locks': DIRECTORY,
    'locks/wake': CLOSED,
    'logs': DIRECTORY,
    'qfiles': CLOSED,
    'spam': DIRECTORY,
} | {f'qfiles/{queue}': CLOSED for queue in QUEUES}

ROOTS = {'prefix': CODE, 'exec_prefix': PROGRAMS, 'var_prefix': STATE}

# The programs that run with our group for a server: 2.1's, and ours for style sheets
# and for the search in archives.
PROGRAM = 0o2755
MAIL_PROGRAM = 'mail/mailman'
PAGES = (
    'admin',
    'admindb',
    'assets',
    'confirm',
    'create',
    'edithtml',
    'listinfo',
    'options',
    'private',
    'rmlist',
    'roster',
    'search',
    'subscribe',
)

# What state files need at least: who runs a queue and who runs a command may be two.
GROUP_FILE = 0o660
LIST_FILES = (
    'config.pck',
    'config.pck.last',
    'config.db*',
    'next-digest*',
    'digest.mbox',
    'pending.pck',
    'request.pck',
    'request.db*',
    'counters.json',
)
# What lists keep from other users of the machine, besides LIST_FILES.
PRIVATE_DATA = ('heldmsg-*', 'bounce-events*', 'pending*')
# Exactly this: our programs read it, only its owner writes.
PASSWORD = 0o640
PASSWORD_FILES = ('data/adm.pw', 'data/creator.pw')
# The mail server reads these.
MAP_FILE = 0o664
MAP_FILES = ('data/aliases', 'data/virtual-mailman')
MAP_ENDINGS = ('.db', '.lmdb', '.cdb', '.dir', '.pag')
SOURCE = 0o644
