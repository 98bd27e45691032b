"""What tests of commands share: running one in this process."""

import pytest


@pytest.fixture
def run(site, capsys):
    """Run a command; answer its exit status, and the lines of stdout and stderr."""

    def call(module, *words):
        try:
            status = module.main(site, [str(word) for word in words])
        except SystemExit as ending:
            status = ending.code
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err.splitlines()

    return call
