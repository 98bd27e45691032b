"""config_list: the format of -o, the lines of -i, and that one reads the other."""

import ast
import re

import pytest

from mailman.cli.config_list import main
from mailman.lists import MailList
from mailman.lists.logins import Logins
from mailman.security.passwords import check
from mailman.settings import PAGES, declarations

# As 2.1 wrote it: order, legend, block quotes, bytes in ISO-8859-1.
OF_2_1 = b'''\
# -*- python -*-
# -*- coding: iso-8859-1 -*-
## "test" mailing list configuration settings
## captured on Thu Jan  8 10:20:30 2015

## General options
#
# ...
real_name = 'Test'
owner = ['chef@example.com', 'root@localhost']
description = "Les amis du jardin fleuri \xe0 Orl\xe9ans"
subject_prefix = '[Caf\\xe9] '
goodbye_msg = """Au revoir,
et \\"\xe0 bient\xf4t\\".
"""
#    0 = "No"
emergency = 0
new_member_options = 256
max_message_size = 40

## Privacy options
subscribe_policy = 3
accept_these_nonmembers = ['^.*@trusted\\\\.example\\\\.org$', '@announce']
acceptable_aliases = """
"""
header_filter_rules = [('^subject:.*lottery', 3, False), (u'gagn\\xe9', 7, False)]

## Bounce options
bounce_score_threshold = 5.0
bounce_info_stale_after = 14

## Contentfilter options
pass_mime_types = """multipart
text/plain"""
filter_filename_extensions = 'exe'

## Topics options
topics = [('Design', 'd\\xe9sign', 'All about', False)]
'''


@pytest.fixture
def run(site, mlist, tmp_path, capfd):
    """Run config_list on the list ``test``; the file is given by its content."""

    class Run:
        def __init__(self):
            self.status = 0
            self.out = self.err = ''

        def __call__(self, *options):
            try:
                self.status = main(site, [*options])
            except SystemExit as ending:
                self.status = ending.code
            self.out, self.err = capfd.readouterr()
            return self

        def read(self, content, *options, name='test'):
            path = tmp_path / 'in.cfg'
            path.write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
            return self(*options, '-i', str(path), name)

        def write(self, name='test'):
            path = tmp_path / 'out.cfg'
            self('-o', str(path), name)
            return path.read_text(encoding='utf-8')

    return Run()


@pytest.fixture
def saved(site):
    return lambda: MailList.open(site, 'test')


# --- writing ----------------------------------------------------------------


def test_the_file_begins_as_2_1_wrote_it(run, site):
    site.now = lambda: 1767867630.0
    lines = run.write().splitlines()
    assert lines[:2] == ['# -*- python -*-', '# -*- coding: utf-8 -*-']
    assert lines[2] == '## "test" mailing list configuration settings'
    assert re.fullmatch(r'## captured on \w{3} Jan  8 \d\d:\d\d:30 2026', lines[3])
    assert lines[4:7] == ['', '## General options', '#']


def test_pages_with_settings_have_a_heading_in_order(run):
    headings = re.findall(r'^## (\w+) options$', run.write(), re.M)
    expected = [page.category.capitalize() for page in PAGES if page.settings]
    assert headings == expected
    assert headings.count('Privacy') == 4


def test_settings_stand_in_the_order_of_the_pages(run):
    names = re.findall(r'^(\w+) = ', run.write(), re.M)
    expected = [one.name for page in PAGES for one in page.settings if not one.action]
    expected.remove('personalize')
    assert names == expected


def test_personalize_is_written_where_owners_may_set_it(run, site):
    site.cfg.OWNERS_CAN_ENABLE_PERSONALIZATION = True
    assert '\npersonalize = 0\n' in run.write()


def test_a_choice_has_its_legend(run):
    text = run.write()
    assert '#    0 = "No"\n#    1 = "Yes"\nemergency = 0\n' in text
    assert '#    1 = "Private"\narchive_private = 0\n' in text


def test_the_legend_of_subscribe_policy_counts_from_1(run, site):
    assert re.search(r'#\n#    1 = "Confirm"\n', run.write())
    site.cfg.ALLOW_OPEN_SUBSCRIBE = True
    assert re.search(r'#\n#    0 = "None"\n#    1 = "Confirm"\n', run.write())


@pytest.mark.parametrize(
    'name, value, written',
    [
        ('description', '', "description = ''"),
        ('description', "it's", 'description = "it\'s"'),
        ('description', 'café "x"', 'description = "café \\"x\\""'),
        ('welcome_msg', 'a\n"b"\n', 'welcome_msg = """a\n\\"b\\"\n"""'),
        ('welcome_msg', 'a\nb', 'welcome_msg = """a\nb"""'),
        ('acceptable_aliases', '\n', 'acceptable_aliases = """\n"""'),
        ('owner', ['a@example.com'], "owner = ['a@example.com']"),
        ('bounce_info_stale_after', 604800, 'bounce_info_stale_after = 7'),
        ('bounce_score_threshold', 5.0, 'bounce_score_threshold = 5.0'),
        ('pass_mime_types', ['a/b', 'c/d'], 'pass_mime_types = """a/b\nc/d"""'),
        ('filter_mime_types', ['a/b'], "filter_mime_types = 'a/b'"),
        ('archive', True, 'archive = True'),
        ('topics', [('a', 'b', 'c', False)], "topics = [('a', 'b', 'c', False)]"),
    ],
)
def test_a_value_is_written_as_in_2_1(run, mlist, name, value, written):
    with mlist.lock():
        setattr(mlist, name, value)
        mlist.save()
    assert f'\n{written}\n\n' in run.write()


def test_a_dash_is_standard_output(run):
    on_paper = run.write()
    run('-o', '-', 'TEST')
    assert run.status == 0
    assert ast.dump(ast.parse(run.out)) == ast.dump(ast.parse(on_paper))


def test_a_file_that_cannot_be_written_is_said(run, tmp_path):
    run('-o', str(tmp_path / 'no' / 'such'), 'test')
    assert run.status == 1
    assert 'No such file' in run.err


# --- reading ----------------------------------------------------------------


def test_a_file_of_2_1_is_read_unchanged(run, saved):
    run.read(OF_2_1)
    assert (run.status, run.out, run.err) == (0, '', '')
    mlist = saved()
    assert mlist.owner == ['chef@example.com', 'root@localhost']
    assert mlist.description == 'Les amis du jardin fleuri à Orléans'
    assert mlist.subject_prefix == '[Café] '
    assert mlist.goodbye_msg == 'Au revoir,\net "à bientôt".\n'
    assert mlist.subscribe_policy == 3
    assert mlist.accept_these_nonmembers == [r'^.*@trusted\.example\.org$', '@announce']
    assert mlist.header_filter_rules[1] == ('gagné', 7, False)
    assert mlist.topics == [('Design', 'désign', 'All about', False)]
    assert mlist.bounce_info_stale_after == 14 * 86400
    assert mlist.pass_mime_types == ['multipart', 'text/plain']
    assert mlist.filter_filename_extensions == ['exe']


def test_what_was_written_reads_back_to_the_same_values(run, site, make_list, saved):
    odd = 'é "quoted" \\b \\ \'\n\ttab\r\n\u200b \xad\ud800 """ x\\\n"'
    make_list(
        'other',
        members=[],
        welcome_msg=odd,
        info='"',
        description='ends with "',
        subject_prefix='\\[x\\] é',
        equivalent_domains='\\',
        ban_list=['^.*\\.é$', 'a@example.com'],
        topics=[('é', '^\\bé\\d', '', False)],
    )
    before = MailList.open(site, 'other')
    run.read(run.write('other'), '-v')
    assert [line for line in run.err.splitlines() if not line.endswith('changed')] == [
        'Invalid value for property: real_name',
        "  'Other' may differ from the list's name in upper and lower case only",
    ]
    after = saved()
    for one in declarations():
        if one.page and one.name not in ('real_name', 'personalize', 'welcome_msg'):
            assert getattr(after, one.name) == getattr(before, one.name), one.name
    # Line ends are LF everywhere.
    assert after.welcome_msg == odd.replace('\r\n', '\n')


def test_verbose_names_each_attribute(run):
    run.read('archive = 0\nmax_message_size = 7\n', '-v')
    assert run.err == (
        'attribute "archive" changed\nattribute "max_message_size" changed\n'
    )


def test_what_a_list_does_not_have_is_ignored(run, saved):
    run.read('import time\nno_such = 1\nsite = None\nsave = 2\n_x = 3\narchive = 0\n')
    assert run.status == 0
    assert run.err.splitlines() == [
        f'attribute "{name}" ignored'
        for name in ('time', 'no_such', 'site', 'save', '_x')
    ]
    assert saved().archive == 0


def test_what_stands_on_no_page_is_set_and_said(run, saved):
    run.read("web_page_url = 'http://x.example/mailman/'\npersonalize = '1'\n")
    assert run.status == 0
    assert run.err == (
        'Non-standard property restored: web_page_url\n'
        'Non-standard property restored: personalize\n'
    )
    assert saved().web_page_url == 'http://x.example/mailman/'
    assert saved().personalize == 1


def test_a_pipeline_can_be_set_the_first_time_too(run, saved):
    run.read("pipeline = ['Moderate', ' MyHandler', 'ToOutgoing']\n")
    assert run.err == 'Non-standard property restored: pipeline\n'
    assert saved().pipeline == ['Moderate', ' MyHandler', 'ToOutgoing']


def test_what_an_old_list_brought_along_can_be_set(run, mlist, saved):
    with mlist.lock():
        mlist.extra_of_a_patch = 1
        mlist.save()
    run.read('extra_of_a_patch = 2\n')
    assert run.err == 'Non-standard property restored: extra_of_a_patch\n'
    assert saved().extra_of_a_patch == 2


def test_a_password_is_never_kept_in_clear(run, saved):
    run.read("mod_password = 'open sesame'\npost_password = '" + 40 * 'a' + "'\n")
    assert check('open sesame', saved().mod_password)
    assert 'sesame' not in saved().mod_password
    assert saved().post_password == 40 * 'a'


def test_a_new_password_ends_the_log_ins_of_the_old_one(run, saved):
    run.read("description = 'no password'\n")
    assert Logins(saved()).generation('moderator') == 0
    run.read("mod_password = 'open sesame'\n")
    assert Logins(saved()).generation('moderator') == 1
    assert Logins(saved()).generation('admin') == 0


def test_a_broken_value_is_said_and_the_rest_set(run, saved, mlist):
    run.read("""\
archive_private = 'maybe'
owner = 'nobody at all'
ban_list = ['^(']
max_message_size = 7
""")
    assert run.status == 0
    lines = run.err.splitlines()
    assert 'Invalid value for property: archive_private' in lines
    assert 'Bad email address for option owner: nobody at all' in lines
    assert 'Invalid value for property: ban_list' in lines
    after = saved()
    assert after.max_message_size == 7
    assert after.owner == mlist.owner
    assert after.archive_private == 0


def test_a_name_that_is_not_filled_in_is_a_warning(run, saved):
    run.read("msg_footer = '%(typo)s\\n'\n")
    assert run.err == 'Warning: msg_footer: nothing is filled in for typo\n'
    assert saved().msg_footer == '%(typo)s\n'


def test_check_only_says_all_and_saves_nothing(run, saved):
    run.read("archive = 0\narchive_private = 'x'\n", '-c', '-v')
    assert run.status == 0
    assert 'attribute "archive" changed' in run.err
    assert 'Invalid value for property: archive_private' in run.err
    assert saved().archive == 1


def test_check_only_does_not_wait_for_the_lock(run, site):
    with MailList.open(site, 'test').lock():
        assert run.read('archive = 0\n', '-c').status == 0


def test_the_list_is_at_hand_in_the_file(run, saved):
    run.read('mlist.volume = 9\ndescription = mlist.name * 2\n')
    assert (run.status, run.err) == (0, '')
    assert saved().volume == 9
    assert saved().description == 'testtest'


def test_the_file_may_say_what_2_1_understood(run, saved):
    run.read("""\
from Mailman import mm_cfg
description = '%s on %s' % (mlist.internal_name(), mm_cfg.DEFAULT_EMAIL_HOST)
""")
    assert (run.status, run.err) == (0, 'attribute "mm_cfg" ignored\n')
    assert saved().description == 'test on lists.example.com'


@pytest.mark.parametrize(
    'content, said',
    [
        ('archive = 0\nraise RuntimeError("stop")\n', 'RuntimeError: stop'),
        ('archive = 0\narchive = (\n', 'SyntaxError'),
        ('archive = 0\nx = no_such_name\n', 'NameError'),
    ],
)
def test_a_file_that_fails_changes_nothing(run, saved, content, said):
    run.read(content)
    assert run.status == 1
    assert said in run.err
    assert 'line 2' in run.err
    assert 'config_list.py' not in run.err
    assert saved().archive == 1


def test_what_could_not_be_kept_is_refused(run, saved):
    run.read('def pipeline(): pass\narchive = 0\n')
    assert 'Invalid value for property: pipeline' in run.err
    assert saved().pipeline is None
    assert saved().archive == 0


def test_line_ends_in_one_line_settings_cannot_make_headers(run, saved):
    run.read("subject_prefix = 'x\\r\\nBcc: evil@example.com'\n")
    assert saved().subject_prefix == 'x Bcc: evil@example.com'


# --- the command line -------------------------------------------------------


@pytest.mark.parametrize(
    'argv',
    [
        [],
        ['test'],
        ['-o', '-'],
        ['-o', '-', '-i', 'x', 'test'],
        ['-o', '-', 'test', 'other'],
        ['--no-such', 'test'],
    ],
)
def test_a_wrong_command_line_is_1(run, argv):
    run(*argv)
    assert run.status == 1
    assert 'usage' in run.err.lower()


def test_help_is_0(run):
    assert run('-h').status == 0
    assert '--checkonly' in run.out


def test_an_unknown_list_is_1(run):
    assert run('-o', '-', 'nosuch').status == 1
    assert 'nosuch' in run.err


def test_a_missing_file_is_1(run):
    assert run('-i', '/no/such/file', 'test').status == 1
    assert '/no/such/file' in run.err
