"""Site: what it takes from mm_cfg.py and from the installation's record."""

from pathlib import Path

import pytest

from mailman.errors import ConfigError
from mailman.site import Site, open_site

HOST = 'lists.example.com'


@pytest.fixture
def make_site(tmp_path):
    """Make a site from the text of its mm_cfg.py; None: it has none."""

    def make(text=None, **install):
        folder = tmp_path / 'Mailman'
        folder.mkdir(exist_ok=True)
        if text is not None:
            (folder / 'mm_cfg.py').write_text(text)
        return Site(tmp_path, install={'mailhost': HOST, 'urlhost': HOST, **install})

    return make


def test_a_site_without_mm_cfg_has_the_defaults(make_site):
    site = make_site()
    assert site.config_error is None
    assert site.cfg.SMTPHOST == 'localhost'


def test_a_name_that_nobody_sets_says_so(make_site):
    with pytest.raises(AttributeError, match='neither Defaults nor mm_cfg.py'):
        _ = make_site().cfg.NO_SUCH_NAME


def test_private_names_of_mm_cfg_are_no_variables(make_site):
    site = make_site('from Defaults import *\n_x = 1\nMINE = 2\n')
    assert site.cfg.MINE == 2
    assert not hasattr(site.cfg, '_x')
    assert not hasattr(site.cfg, '__builtins__')


def test_a_path_that_mm_cfg_sets_is_honoured(make_site, tmp_path):
    site = make_site(
        'from Defaults import *\n'
        "LIST_DATA_DIR = '/srv/lists'\n"
        "QUEUE_DIR = '/srv/q'\n"
        "OUTQUEUE_DIR = '/fast/out'\n"
        "LOG_DIR = '/var/log/mailman'\n"
    )
    assert site.lists_dir == Path('/srv/lists')
    assert site.qfiles_dir == Path('/srv/q')
    assert site.queue_dir('out') == Path('/fast/out')
    assert site.logs_dir == Path('/var/log/mailman')
    # As in 2.1: the queues do not follow QUEUE_DIR.
    assert site.queue_dir('in') == tmp_path / 'qfiles/in'


def test_the_places_of_a_plain_site(make_site, tmp_path):
    site = make_site()
    assert site.data_dir == tmp_path / 'data'
    assert site.locks_dir == tmp_path / 'locks'
    assert site.bin_dir == tmp_path / 'bin'
    assert site.templates_dir == tmp_path / 'templates'
    assert site.archives_private == tmp_path / 'archives/private'
    assert site.archives_public == tmp_path / 'archives/public'


def test_var_prefix_moves_what_changes(tmp_path):
    site = Site(tmp_path, var_prefix=tmp_path / 'var', install={'mailhost': HOST})
    assert site.var_prefix == tmp_path / 'var'
    assert site.lists_dir == tmp_path / 'var/lists'
    assert site.templates_dir == tmp_path / 'templates'


def test_the_record_may_name_the_other_prefixes(tmp_path):
    record = {'var_prefix': '/var/mm', 'exec_prefix': '/opt/mm'}
    site = open_site(tmp_path, record)
    assert (site.var_prefix, site.exec_prefix) == (Path('/var/mm'), Path('/opt/mm'))
    assert site.install['var_prefix'] == '/var/mm'


def test_virtual_hosts_follow_the_default_hosts(make_site):
    site = make_site(
        "from Defaults import *\nDEFAULT_EMAIL_HOST = 'Example.org'\n"
        "DEFAULT_URL_HOST = 'WWW.example.org'\n"
    )
    assert site.cfg.VIRTUAL_HOSTS == {'www.example.org': 'example.org'}


def test_virtual_hosts_that_mm_cfg_adds_are_left_alone(make_site):
    site = make_site(
        "from Defaults import *\nVIRTUAL_HOSTS.clear()\nadd_virtualhost('www.a.org')\n"
        "DEFAULT_URL_HOST = 'b.org'\n"
    )
    assert site.cfg.VIRTUAL_HOSTS == {'www.a.org': 'a.org'}


def test_a_broken_mm_cfg_leaves_what_ran_before_the_error(make_site):
    site = make_site("from Defaults import *\nSMTPHOST = 'mx'\n1 / 0\nSMTPPORT = 26\n")
    assert isinstance(site.config_error, ConfigError)
    assert site.config_error.line == 3
    assert (site.cfg.SMTPHOST, site.cfg.SMTPPORT) == ('mx', 0)


def test_what_mm_cfg_deletes_is_there_nevertheless(make_site):
    site = make_site('from Defaults import *\ndel SMTPHOST, VIRTUAL_HOSTS\n')
    assert site.cfg.SMTPHOST == 'localhost'
    assert HOST in site.cfg.VIRTUAL_HOSTS


def test_three_sites_live_in_one_process(tmp_path):
    sites = []
    for number in range(3):
        folder = tmp_path / str(number) / 'Mailman'
        folder.mkdir(parents=True)
        text = f"from Defaults import *\nGLOBAL_PIPELINE.append('Mine{number}')\n"
        (folder / 'mm_cfg.py').write_text(text)
        sites.append(Site(folder.parent))
    assert [s.cfg.GLOBAL_PIPELINE[-1] for s in sites] == ['Mine0', 'Mine1', 'Mine2']


def test_languages_and_their_character_sets(make_site):
    site = make_site("from Defaults import *\nadd_language('xx', 'X', 'koi8-r')\n")
    assert len(site.languages()) == 41
    assert [site.charset(lang) for lang in ('en', 'es', 'ja', 'xx', 'yy', None)] == [
        *('us-ascii', 'iso-8859-1', 'euc-jp', 'koi8-r', 'us-ascii', 'us-ascii')
    ]


def test_an_unknown_language_speaks_the_sites(make_site):
    site = make_site("from Defaults import *\nDEFAULT_SERVER_LANGUAGE = 'fr'\n")
    assert site.translator('../..').lang == 'fr'
    assert site.translator(None).lang == 'fr'
    assert site.translator('de') is site.translator('de')


def test_the_clock_can_be_given(tmp_path):
    assert Site(tmp_path, now=lambda: 5.0).now() == 5.0
