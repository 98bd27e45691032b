"""What tests of the catalogues share."""

import importlib.util
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[3]


@pytest.fixture(scope='session')
def update():
    """The tool behind `make messages`."""
    spec = importlib.util.spec_from_file_location(
        'messages_update', TREE / 'messages' / 'update.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
