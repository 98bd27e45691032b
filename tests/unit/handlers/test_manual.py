"""docs/handlers.md says what each step does, and in which order they run."""

import re
from pathlib import Path

from mailman.handlers import HANDLERS

PAGE = Path(__file__).resolve().parents[3] / 'docs' / 'handlers.md'


def test_every_step_is_described():
    text = PAGE.read_text()
    assert [name for name in HANDLERS if f'`{name}`' not in text] == []


def test_the_table_follows_the_global_pipeline(site):
    names = re.findall(r'(?m)^\| `(\w+)` \|', PAGE.read_text())
    assert names == list(site.cfg.GLOBAL_PIPELINE)


def test_the_example_works(site, mlist, make_msg):
    from mailman import compat21, handlers
    from mailman.compat21 import finder

    source = re.search(r'(?s)```python\n(from Mailman.*?)```', PAGE.read_text())[1]
    directory = site.prefix / 'Mailman' / 'Handlers'
    directory.mkdir()
    (directory / 'StripDomain.py').write_text(source)
    finder.forget()
    compat21.register(site)
    msg = make_msg()
    handlers.run(mlist, msg, {}, [' StripDomain'])
    finder.forget()
    assert msg['from'] == 'anne'
