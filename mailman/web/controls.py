"""The controls of forms, as markup: the one place that writes HTML outside templates.

Owners' pages (mmtags) get their controls from here, because a tag such as
``<MM-Subscribe-Box>`` stands for one.  Whatever is given is escaped; only Markup is
taken as it is.  Names and values are 2.1's, since scripts of others fill these forms.

Everything but name and value is given by its HTML name, with ``_`` for ``-``, and one
more behind Python's own words::

    text_box('fullname', name, id='mm-fullname', autocomplete='name', class_='wide')

``title`` names a control where the page around it has no ``<label>``, as owners' old
pages have none; a label wins over it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from markupsafe import Markup, escape

# What is not there for None and False, bare for True, else its text.
Value = str | int | bool | None

FORM_END = Markup('</form>')


def element(tag: str, content: str | None = None, /, **more: Value) -> Markup:
    """Give an element; without content it has no end tag."""
    words = [_attribute(name, value) for name, value in more.items()]
    start = Markup('<{}{}>').format(tag, Markup('').join(words))
    if content is None:
        return start
    return Markup('{}{}</{}>').format(start, content, tag)


def _attribute(name: str, value: Value) -> Markup:
    if value is None or value is False:
        return Markup('')
    shown = name.rstrip('_').replace('_', '-')
    if value is True:
        return Markup(' {}').format(shown)
    return Markup(' {}="{}"').format(shown, value)


# --- boxes to type in -----------------------------------------------------------------


def text_box(
    name: str,
    value: object = '',
    /,
    *,
    type: str = 'text',  # noqa: A002 - HTML's name
    size: int | None = 30,
    **more: Value,
) -> Markup:
    """Give a box for one line; ``type`` may be email, search, number and so on."""
    return element('input', type=type, name=name, value=str(value), size=size, **more)


def email_box(name: str, value: object = '', /, **more: Value) -> Markup:
    """Give a box for a mail address: phones show the keys for it.

    The server judges addresses; browsers would refuse some that mail servers take.
    """
    given: dict[str, Value] = {
        'inputmode': 'email',
        'autocomplete': 'email',
        'autocapitalize': 'none',
        'spellcheck': 'false',
    }
    return element(
        'input',
        type='text',
        name=name,
        value=str(value),
        **(given | {'size': 30} | more),
    )


def password_box(
    name: str, /, *, autocomplete: str = 'current-password', **more: Value
) -> Markup:
    """Give a box for a password.  It is never filled in: pages hold no passwords."""
    return element(
        'input', type='password', name=name, autocomplete=autocomplete, **_sized(more)
    )


def _sized(more: dict[str, Value]) -> dict[str, Value]:
    return {'size': 20} | more


# --- choices --------------------------------------------------------------------------


def radio(name: str, value: object, /, checked: bool = False, **more: Value) -> Markup:
    """Give one radio button."""
    return element(
        'input', type='radio', name=name, value=str(value), checked=checked, **more
    )


def check_box(
    name: str, value: object = '1', /, checked: bool = False, **more: Value
) -> Markup:
    """Give a check box."""
    return element(
        'input', type='checkbox', name=name, value=str(value), checked=checked, **more
    )


def select(
    name: str,
    options: Iterable[tuple[object, str]],
    /,
    selected: object | Collection[object] = (),
    **more: Value,
) -> Markup:
    """Give a list to choose from; options are (value, what people read).

    With ``multiple=True``, selected is a collection of values.
    """
    chosen = selected if more.get('multiple') else (selected,)
    assert isinstance(chosen, Collection)
    texts = {str(one) for one in chosen}
    lines = [
        element('option', label, value=str(value), selected=str(value) in texts)
        for value, label in options
    ]
    return element('select', Markup('').join(lines), name=name, **more)


def labelled(control: Markup, text: str, /, **more: Value) -> Markup:
    """Give a check box or radio button with its words, which can be clicked too."""
    return element('label', control + Markup(' ') + escape(text), **more)


# --- forms ----------------------------------------------------------------------------


def submit(name: str, label: str, /, **more: Value) -> Markup:
    """Give a button that sends the form; 2.1's scripts know it by name."""
    return element('input', type='submit', name=name, value=label, **more)


def hidden(name: str, value: object, /) -> Markup:
    """Give a field nobody sees."""
    return element('input', type='hidden', name=name, value=str(value))


def form_start(
    action: str,
    /,
    token: str | None = None,
    *,
    method: str = 'post',
    multipart: bool = False,
    fields: Iterable[tuple[str, object]] = (),
    **more: Value,
) -> Markup:
    """Open a form, with its CSRF token and other hidden fields; FORM_END closes it."""
    kind = 'multipart/form-data' if multipart else None
    start = element('form', method=method, action=action, enctype=kind, **more)
    pairs = list(fields) if token is None else [('csrf_token', token), *fields]
    return start + Markup('').join(hidden(*pair) for pair in pairs)


def link(href: str, text: str, /, **more: Value) -> Markup:
    """Give a link; the address is one of ours, or htmlclean.is_safe_url knows it."""
    return element('a', text, href=href, **more)


# --- text -----------------------------------------------------------------------------


def paragraph(text: str, /, **more: Value) -> Markup:
    """Give a paragraph."""
    return element('p', text, **more)


def lines(markup: Iterable[Markup]) -> Markup:
    """Give a list, a line for each piece."""
    found = [element('li', one) for one in markup]
    return element('ul', Markup('\n').join(found)) if found else Markup('')


def entry(href: str, text: str, name: str, note: str) -> Markup:
    """Give a link with a name and a note behind it; there may be 100,000 of them."""
    end = f' {escape(name)}' if name else ''
    if note:
        end += f' <small class="dim">({escape(note)})</small>'
    line = f'<a href="{escape(href)}">{escape(text)}</a>{end}'
    return Markup(line)  # noqa: S704 - each part is escaped above
