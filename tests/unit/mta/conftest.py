"""A site that keeps Postfix's files, with commands that note how they were called."""

import pytest

COMMAND = """\
#!/bin/sh
echo "$@" >> {log}
for file; do :; done
cp "$file" "$file{ending}"
chmod 600 "$file{ending}"
"""


@pytest.fixture
def program(tmp_path):
    """Make a program; answer its path."""

    def make(name, text):
        path = tmp_path / 'sbin' / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def called(tmp_path):
    """The arguments of all calls so far."""
    path = tmp_path / 'calls'
    return lambda: path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def postfix_site(site, program, tmp_path):
    """A site with MTA = 'Postfix'."""
    site.data_dir.mkdir(exist_ok=True)
    text = COMMAND.format(log=tmp_path / 'calls', ending='.db')
    site.cfg.MTA = 'Postfix'
    site.cfg.POSTFIX_ALIAS_CMD = str(program('alias-cmd', text))
    site.cfg.POSTFIX_MAP_CMD = str(program('map-cmd', text))
    # Nobody's: these tests run as anybody.
    site.cfg.MAILMAN_USER = 'no-such-user'
    site.now = lambda: 1795246966.0
    return site
