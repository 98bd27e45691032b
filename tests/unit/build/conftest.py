"""What tests of `make install` share: a finished build."""

import json
import os
import sys

import pytest

from installer import install
from installer.install import Installer
from mailman.site import layout


@pytest.fixture
def built(monkeypatch, tmp_path):
    """A finished build of nothing much, for a prefix in a temporary folder."""
    build = tmp_path / 'build'
    for folder in ('pythonlib/dep', 'mail', 'cgi-bin', 'pip'):
        (build / folder).mkdir(parents=True)
    (build / 'pythonlib/dep/__init__.py').write_text('x = 1\n')
    (build / 'mail/mailman').write_bytes(b'\x7fELF')
    for page in layout.PAGES:
        (build / 'cgi-bin' / page).write_bytes(b'\x7fELF')
    prefix = str(tmp_path / 'prefix')
    facts = {
        'prefix': prefix,
        'exec_prefix': prefix,
        'var_prefix': str(tmp_path / 'var'),
        'python': sys.executable,
        'username': str(os.getuid()),
        'groupname': str(os.getgid()),
        'mailhost': 'lists.example.com',
        'urlhost': 'lists.example.com',
    }
    (build / 'install.json').write_text(json.dumps(facts))
    monkeypatch.setattr(install, 'build_dir', lambda trial: build)
    # compileall over the whole package is somebody else's test, and there is no Jinja2
    # in this installation
    monkeypatch.setattr(Installer, 'compile', lambda self: None)
    monkeypatch.setattr(Installer, 'pages', lambda self: None)
    return facts, tmp_path
