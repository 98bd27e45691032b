"""Pages made from the templates that owners of lists edit, in the frame of our pages.

What all of them may show stands here: the list's name, addresses, languages, footer.
Values are those of 2.1's ``<MM-...>`` tags, see `mmtags`; those that cost something are
functions, called where a template has their tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from mailman.mail.text import fill
from mailman.security import htmlclean
from mailman.site.pages import renderer
from mailman.web import controls, mmtags

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator
    from mailman.web.answers import Response
    from mailman.web.mmtags import Value
    from mailman.web.view import View

Values = dict[str, 'Value']


def page(
    view: View, name: str, values: Values, *, status: int = 200, title: str = ''
) -> Response:
    """Make a page from one of the list's templates, such as ``listinfo.html``."""
    assert view.mlist is not None
    made = mmtags.make(view.mlist, name, view.lang, {**common(view), **values})
    parts = made._asdict()
    parts['title'] = title or made.title or str(view.mlist.real_name)
    return view.page(mmtags.TEMPLATE, status=status, **parts)


def piece(view: View, template: str, **values: object) -> Markup:
    """Make a part of a page from a template of ours."""
    assert view.mlist is not None
    name, host = view.mlist.name, str(view.mlist.host_name)
    render = renderer(view.site, view.lang, mlist_name=name, host=host)
    return Markup(render(template, **values))  # noqa: S704 - rendered


def linked(text: str, **values: object) -> Markup:
    """Fill a translated text with links; all that is no Markup is escaped."""
    escaped = {name: str(escape(value)) for name, value in values.items()}
    return Markup(fill(str(escape(text)), escaped))  # noqa: S704 - escaped above


def common(view: View) -> Values:
    """Give the values of the tags that mean the same on all pages."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    return {
        'mm-list-name': str(mlist.real_name),
        'mm-list-description': str(mlist.description),
        'mm-list-info': lambda: info(mlist),
        'mm-host': str(mlist.host_name),
        'mm-posting-addr': mlist.address(),
        'mm-request-addr': mlist.address('request'),
        'mm-owner': mlist.address('owner'),
        'mm-reminder': lambda: reminder(mlist, _),
        'mm-restricted-list-message': lambda: who_reads(mlist, _),
        'mm-archive': lambda: archive_link(mlist),
        'mm-num-reg-users': str(len(mlist.members)),
        'mm-num-digesters': str(len(mlist.digest_members)),
        'mm-num-members': str(len(mlist.members) + len(mlist.digest_members)),
        'mm-pending-days': lambda: pending_days(mlist),
        'mm-activity': lambda: activity(view),
        'mm-lang-form-start': lambda: language_form(view),
        'mm-list-langs': lambda: languages(view, view.lang),
        'mm-displang-box': lambda: language_button(view),
        'mm-mailman-footer': lambda: footer(view),
    }


# --- the list -------------------------------------------------------------------------


def info(mlist: MailList) -> Markup:
    """Give the owners' text about the list, made harmless."""
    return htmlclean.clean_text(str(mlist.info), hosts=mmtags.form_hosts(mlist))


def reminder(mlist: MailList, _: Translator) -> str:
    """Say whether members are reminded of their membership."""
    if not mlist.send_reminders:
        return ''
    return _('Once a month, members get a mail with a link to their options.')


def who_reads(mlist: MailList, _: Translator) -> str:
    """Say who may read the archive."""
    if not mlist.archive:
        return ''
    if mlist.archive_private:
        return _('(The archive is open to members of the list only.)')
    return ''


def archive_link(mlist: MailList) -> Markup:
    """Open a link to the archive; its end is a tag of its own."""
    url = mlist.archive_url()
    return controls.element('a', href=url) if mlist.archive else Markup('')


def pending_days(mlist: MailList) -> str:
    """Give the days that a request waits for its confirmation."""
    return str(max(1, round(float(mlist.site.cfg.PENDING_REQUEST_LIFE) / 86_400)))


def activity(view: View) -> Markup:
    """Show how busy the list is, if that is known."""
    from mailman.lists.activity import last_months  # not every page shows it

    assert view.mlist is not None
    months = last_months(view.site, view.mlist.name)
    return piece(view, 'figure.html', months=months) if months else Markup('')


def footer(view: View) -> Markup:
    """Say who runs the list, and lead to what else there is."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    owner = mlist.address('owner')
    shown = address_for_eyes(owner, mlist)
    run_by = controls.link(f'mailto:{owner}', shown)
    links = [
        (mlist.url('listinfo', absolute=False), _('About this list')),
        (mlist.url('admin', absolute=False), _('Administration')),
        (view.url('listinfo'), _('All lists of this site')),
    ]
    rest = Markup(' · ').join(controls.link(*pair) for pair in links)
    text = _('%(list)s is run by %(owner)s')
    who = linked(text, list=mlist.real_name, owner=run_by)
    address = controls.element('address', who)
    return address + '\n' + controls.paragraph(rest, class_='dim')


def address_for_eyes(address: str, mlist: MailList) -> str:
    """Write an address for people, so that programs that collect them see none."""
    return address.replace('@', ' at ') if mlist.obscure_addresses else address


def address_in_links(address: str, mlist: MailList) -> str:
    """Write a member's address as it stands in links (2.1's ``--at--``)."""
    return address.replace('@', '--at--') if mlist.obscure_addresses else address


# --- languages ------------------------------------------------------------------------


def choices_of(site: Site, mlist: MailList) -> list[str]:
    """Give the languages of a list that the site has."""
    known = site.languages()
    codes = [code for code in mlist.available_languages if code in known]
    return codes or [str(mlist.preferred_language)]


def language_name(view: View, code: str) -> str:
    """Give a language's name, in the language of the page."""
    return view._(str(view.site.cfg.LC_DESCRIPTIONS[code][0]))


def languages(view: View, chosen: str) -> Markup | str:
    """Give a choice of language; where there is one only, its name."""
    assert view.mlist is not None
    names = [
        (code, language_name(view, code)) for code in choices_of(view.site, view.mlist)
    ]
    if len(names) == 1:
        return names[0][1]
    title = view._('Language')
    return controls.select('language', names, chosen, title=title)


def language_form(view: View) -> Markup:
    """Open the form that shows the page in another language."""
    assert view.mlist is not None
    url = view.mlist.url(view.request.program, absolute=False)
    return controls.form_start(url)


def language_button(view: View) -> Markup:
    """Give the button for that, where there is more than one language."""
    assert view.mlist is not None
    if len(choices_of(view.site, view.mlist)) == 1:
        return Markup('')
    label = view._('Show this page in that language')
    return controls.submit('displang-button', label)
