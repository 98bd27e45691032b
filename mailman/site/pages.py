"""Pages for browsers, made from the Jinja2 templates in ``templates/web``.

One set of templates serves all languages.  A site may replace each one by a file of the
same name, looked for from the most special place::

    lists/LIST/web/NAME             one list
    templates/HOST/web/NAME         a virtual host
    templates/site/web/NAME         the site
    templates/web/NAME              ours

Ours are compiled when the program is built (``python -m mailman.site.pages FOLDER``)
into ``templates/web-compiled``; one that was changed since is compiled anew each time.
Texts that owners of lists edit are no such templates and never compiled.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from mailman.mail.text import fill

if TYPE_CHECKING:
    from mailman.site.config import Site
    from mailman.site.i18n import Translator

Render = Callable[..., str]
COMPILED = 'web-compiled'


def renderer(
    site: Site, lang: str, *, mlist_name: str | None = None, host: str | None = None
) -> Render:
    """Give what makes a page in a language: ``render('name.html', value=...)``.

    It raises jinja2.TemplateNotFound, and jinja2.UndefinedError where a value that the
    template uses is missing.
    """
    places = tuple(_overriding(site, mlist_name, host))
    environment = _environment(
        str(site.templates_dir), places, site.translator(lang), direction(site, lang)
    )

    def render(template: str, /, **values: Any) -> str:
        return environment.get_template(template).render(values)

    return render


def direction(site: Site, lang: str) -> str:
    """Tell which way a language is written: 'ltr' or 'rtl'."""
    description = site.cfg.LC_DESCRIPTIONS.get(lang, ())
    return 'rtl' if 'rtl' in description[2:] else 'ltr'


def _overriding(site: Site, mlist_name: str | None, host: str | None) -> list[str]:
    """Give those places of a site's own templates that are there."""
    templates = str(site.templates_dir)
    places = []
    if mlist_name:
        places.append(f'{site.cfg.LIST_DATA_DIR}/{mlist_name}/web')
    if host and '/' not in host and host[0] != '.':
        places.append(f'{templates}/{host}/web')
    places.append(f'{templates}/site/web')
    return [place for place in places if os.path.isdir(place)]


@lru_cache(maxsize=64)
def _environment(
    templates: str, overriding: tuple[str, ...], _: Translator, direction: str
) -> jinja2.Environment:
    web, compiled = f'{templates}/web', f'{templates}/{COMPILED}'
    loaders: list[jinja2.BaseLoader] = [jinja2.FileSystemLoader(p) for p in overriding]
    if os.path.isdir(compiled):
        loaders.append(_Compiled(compiled, web))
    loaders.append(jinja2.FileSystemLoader(web))
    environment = _bare(jinja2.ChoiceLoader(loaders))
    environment.globals.update(_=_, _m=_marked(_), lang=_.lang, dir=direction)
    return environment


def _bare(loader: jinja2.BaseLoader) -> jinja2.Environment:
    return jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _marked(_: Translator) -> Callable[..., Markup]:
    def marked(text: str, /, **values: object) -> Markup:
        """Translate a text; it and its values are escaped, Markup values stay."""
        escaped = {name: str(escape(value)) for name, value in values.items()}
        return Markup(fill(str(escape(_(text))), escaped))  # noqa: S704 - escaped above

    return marked


class _Compiled(jinja2.ModuleLoader):
    """Templates compiled when the program was built, while their source is older."""

    def __init__(self, compiled: str, source: str) -> None:
        super().__init__(compiled)
        self.compiled, self.source = compiled, source

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - Jinja2's name
    ) -> jinja2.Template:
        module = f'{self.compiled}/{self.get_module_filename(name)}'
        try:
            fresh = (
                os.stat(module).st_mtime >= os.stat(f'{self.source}/{name}').st_mtime
            )
        except OSError:
            fresh = False
        if not fresh:
            raise jinja2.TemplateNotFound(name)
        return super().load(environment, name, dict(globals) if globals else None)


def compile_all(templates: Path) -> int:
    """Compile the templates of a templates folder; answer how many there are."""
    source, target = templates / 'web', templates / COMPILED
    environment = _bare(jinja2.FileSystemLoader(source))
    names = environment.list_templates(extensions=['html', 'xml', 'txt'])
    environment.compile_templates(
        target, extensions=['html', 'xml', 'txt'], zip=None, ignore_errors=False
    )
    wanted = {_Compiled.get_module_filename(name) for name in names}
    for old in target.glob('*.py'):
        if old.name not in wanted:
            old.unlink()
    return len(names)


if __name__ == '__main__':
    compile_all(Path(sys.argv[1]))
