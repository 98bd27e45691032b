"""help: which commands there are (template help.txt, made of the modules' HELP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman import __version__, commands
from mailman.actions.systemmail import render, senders_of
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request

HELP = N_("""\
help
    Sends this text.
""")


def process(request: Request, args: list[str]) -> None:
    """Answer the help text; members are told where their options are."""
    mlist = request.mlist
    values = {
        'listname': mlist.real_name,
        'version': __version__,
        'listinfo_url': mlist.url('listinfo'),
        'requestaddr': mlist.address('request'),
        'adminaddr': mlist.address('owner'),
        'commands': overview(request),
    }
    text = render(mlist, 'help.txt', values, request.lang)
    request.results += text.rstrip().split('\n')
    for sender in senders_of(mlist, request.msg):
        if mlist.is_member(sender):
            request.show('')
            request.say('You set your own options on this page:')
            request.show(f'    {mlist.options_url(sender)}')
            break


def overview(request: Request) -> str:
    """Return the HELP of all commands, indented, in the sender's language."""
    _ = request.translator
    texts = []
    for word in dict.fromkeys(commands.COMMANDS.values()):
        module = commands.module_of_name(word)
        text = module.help_for(request) if hasattr(module, 'help_for') else module.HELP
        if text:
            texts += [f'    {line}'.rstrip() for line in _(text).strip().split('\n')]
            texts.append('')
    return '\n'.join(texts[:-1])
