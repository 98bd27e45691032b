"""The house stands: imports point down, no circles, and the pages of docs are fresh."""

import ast
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
PACKAGE = TREE / 'mailman'

# Lower may not know higher (docs/architecture.md); within a floor in this order.
FLOORS = [
    ['constants', 'errors', 'outcomes', 'msgdata'],
    ['storage', 'mail', 'security'],
    ['site', 'settings'],
    ['queue', 'lists', 'mta'],
    ['delivery', 'archive', 'actions'],
    ['handlers', 'commands'],
    ['compat21'],
    ['web', 'runners', 'master', 'cli', 'trial'],
]
RANK = {
    name: (floor, number)
    for floor, names in enumerate(FLOORS)
    for number, name in enumerate(names)
}


def modules():
    return sorted(PACKAGE.rglob('*.py'))


def room(dotted):
    """The package or module right below ``mailman``."""
    parts = dotted.split('.')
    return parts[1] if len(parts) > 1 else ''


def is_type_checking(node):
    return isinstance(node, ast.If) and 'TYPE_CHECKING' in ast.dump(node.test)


def imported(tree):
    """Names of our modules that are imported at run time, wherever that stands."""
    waiting, found = [tree], []
    while waiting:
        node = waiting.pop()
        if is_type_checking(node):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == 'mailman':
                found += [f'mailman.{alias.name}' for alias in node.names]
            else:
                found.append(node.module)
        waiting += ast.iter_child_nodes(node)
    return [name for name in found if name.split('.')[0] == 'mailman']


def test_every_room_has_its_floor():
    rooms = {
        path.relative_to(PACKAGE).parts[0].removesuffix('.py') for path in modules()
    }
    assert rooms - {'__init__'} == set(RANK)


@pytest.mark.parametrize('path', modules(), ids=lambda p: str(p.relative_to(TREE)))
def test_imports_point_down(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix('.py')
    if own == '__init__':
        return
    tree = ast.parse(path.read_text())
    up = {
        name
        for name in imported(tree)
        if room(name) in RANK and room(name) != own and RANK[room(name)] > RANK[own]
    }
    assert not up


@pytest.mark.parametrize('path', modules(), ids=lambda p: str(p.relative_to(TREE)))
def test_every_module_says_why_it_exists(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_no_module_imports_what_newer_pythons_lack():
    gone = {
        'cgi',
        'crypt',
        'imp',
        'nntplib',
        'smtpd',
        'asyncore',
        'asynchat',
        'telnetlib',
    }
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not {a.name.split('.')[0] for a in node.names} & gone, path
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or '').split('.')[0] not in gone, path


def test_generated_pages_are_fresh():
    import importlib.util

    spec = importlib.util.spec_from_file_location('generate', TREE / 'docs/generate.py')
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.stale() == []
