"""Code of 2.1's time: what it imports, and what it calls a list's methods."""

import textwrap

import pytest

from mailman import compat21, handlers
from mailman.compat21 import finder
from mailman.constants import DeliveryStatus
from mailman.errors import (
    HoldMessage,
    NotAMember,
    RejectMessage,
    UnknownList,
)


@pytest.fixture(autouse=True)
def registered(site):
    finder.forget()
    compat21.register(site)
    yield
    finder.forget()


def run(source):
    names = {}
    exec(textwrap.dedent(source), names)
    return names


def handler(site, name, source):
    directory = site.prefix / 'Mailman' / 'Handlers'
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f'{name}.py').write_text(textwrap.dedent(source))
    return handlers.resolve(site, name)


# --- imports ------------------------------------------------------------------


@pytest.mark.parametrize(
    'statement',
    [
        'from Mailman import mm_cfg, Utils, Errors, Message, MailList, i18n, Defaults',
        'import Mailman.mm_cfg',
        'from Mailman.Message import Message, UserNotification, OwnerNotification',
        'from Mailman.MailList import MailList',
        'from Mailman.i18n import _',
        'from Mailman.Logging.Syslog import syslog',
        'from Mailman.Queue.sbcache import get_switchboard',
        'from Mailman.Handlers import CookHeaders, Decorate, ToArchive',
        'from Mailman.Handlers.CookHeaders import change_header, uheader',
        'from Mailman.Handlers.Hold import hold_for_approval, process',
        'from Mailman import MemberAdaptor, UserDesc, Version',
        'from Mailman.mm_cfg import *\nGLOBAL_PIPELINE.index("Cleanse")',
    ],
)
def test_what_site_code_imports_is_there(statement):
    run(statement)


@pytest.mark.parametrize('name', ['NoSuchModule', 'Handlers.NoSuchStep', 'Cgi.admin'])
def test_what_is_not_there_is_an_import_error(name):
    with pytest.raises(ImportError):
        run(f'import Mailman.{name}')


def test_handlers_of_ours_can_be_called_by_their_names(mlist, make_msg):
    names = run('from Mailman.Handlers import ToArchive')
    names['ToArchive'].process(mlist, make_msg(), {})
    assert len(mlist.queue('archive').messages) == 1


def test_handlers_of_the_site_can_import_each_other(site):
    handler(site, 'Helper', 'WORD = 7\ndef process(mlist, msg, msgdata): pass\n')
    names = run(
        'from Mailman.Handlers import Helper\nfrom Mailman.Handlers.Helper import WORD'
    )
    assert names['WORD'] == names['Helper'].WORD == 7


def test_site_variables_are_those_of_mm_cfg(site):
    names = run('from Mailman import mm_cfg')
    site.cfg.SMTPPORT = 2525
    assert names['mm_cfg'].SMTPPORT == 2525
    assert names['mm_cfg'].DontReceiveOwnPosts == 2
    with pytest.raises(AttributeError):
        _ = names['mm_cfg'].NO_SUCH_SETTING


# --- handlers -------------------------------------------------------------------


def test_the_published_example_strips_the_domain_from_from(site, make_list, make_msg):
    """Named in mm_cfg.py with a stray blank, before Cleanse."""
    (site.prefix / 'Mailman' / 'mm_cfg.py').write_text(
        'from Defaults import *\n'
        "GLOBAL_PIPELINE.insert(GLOBAL_PIPELINE.index('Cleanse'), ' MyHandler')\n"
    )
    site.cfg = site._configure()
    handler(
        site,
        'MyHandler',
        """
        import re
        from Mailman import mm_cfg, Utils, Errors

        def process(mlist, msg, msgdata):
            sender = msg.get_sender()
            user, domain = Utils.ParseEmail(sender)
            if domain is not None:
                del msg['From']
                msg['From'] = user
        """,
    )
    mlist, msg, msgdata = make_list(members=['bob@member.example']), make_msg(), {}
    pipeline = site.cfg.GLOBAL_PIPELINE
    start = pipeline.index(' MyHandler')
    assert pipeline[start + 1] == 'Cleanse'
    handlers.run(mlist, msg, msgdata, pipeline[start - 2 :])
    [(sent, stored)] = mlist.queue('out').messages
    assert sent['from'] == 'anne'
    assert stored['recips'] == ['bob@member.example']


@pytest.mark.parametrize(
    'raising, expected',
    [
        ('raise Errors.DiscardMessage', 'DiscardMessage'),
        ('raise Errors.LoopError', 'LoopError'),
        ('raise Errors.RejectMessage("no")', 'RejectMessage'),
        ('raise TooLoud', 'TooLoud'),
        ('raise Errors.HoldMessage', 'HoldMessage'),
        ('hold_for_approval(mlist, msg, msgdata, TooLoud)', 'TooLoud'),
    ],
)
def test_decisions_of_site_handlers_are_decisions(
    site, mlist, make_msg, raising, expected
):
    process = handler(
        site,
        'Decide',
        f"""
        from Mailman import Errors
        from Mailman.Handlers.Hold import hold_for_approval

        class TooLoud(Errors.HoldMessage):
            reason = 'in capitals'
            rejection = 'Please lower your voice.'

        def process(mlist, msg, msgdata):
            {raising}
        """,
    )
    with pytest.raises(handlers.PipelineStop) as caught:
        process(mlist, make_msg(), {})
    assert type(caught.value).__name__ == expected
    if expected == 'RejectMessage':
        assert isinstance(caught.value, RejectMessage)
        assert caught.value.notice == 'no'
    if expected == 'TooLoud':
        assert isinstance(caught.value, HoldMessage)
        assert caught.value.kind == 'TooLoud'
        assert caught.value.reason == 'in capitals'
        assert caught.value.rejection == 'Please lower your voice.'


def test_a_handler_may_send_notices_and_write_logs(site, mlist, make_msg):
    process = handler(
        site,
        'Tell',
        """
        from Mailman import Message, Utils
        from Mailman.Logging.Syslog import syslog

        def process(mlist, msg, msgdata):
            syslog('vette', '%s: seen %s', mlist.internal_name(), msg.get('subject'))
            note = Message.UserNotification(
                msg.get_sender(), mlist.GetBouncesEmail(), 'seen', 'Text', 'en')
            note['X-Mailer'] = 'mine'
            note.send(mlist, noack=1)
            Message.OwnerNotification(mlist, 'seen', 'Text').send(mlist)
        """,
    )
    process(mlist, make_msg(), {})
    (note, data), (owners, more) = mlist.queue('virgin').messages
    assert (note['to'], note['from']) == (
        'anne@member.example',
        'test-bounces@lists.example.com',
    )
    assert (note['precedence'], note['x-mailer'], data['noack']) == ('bulk', 'mine', 1)
    assert note['message-id'] and note['date']
    assert owners['to'] == 'test-owner@lists.example.com'
    assert more['recips'] == ['owner@owner.example']
    assert more['envsender'] == 'mailman-bounces@lists.example.com'
    assert 'test: seen hello' in (site.logs_dir / 'vette').read_text()


def test_a_handler_may_queue_mail_of_its_own(site, mlist):
    run(
        """
        from Mailman import mm_cfg
        from Mailman.Queue.sbcache import get_switchboard
        inq = get_switchboard(mm_cfg.INQUEUE_DIR)
        text = 'From: a@b.example\\n\\nhi'
        inq.enqueue(text, listname='test', tolist=1, _plaintext=True)
        """
    )
    [(msg, msgdata)] = mlist.queue('in').messages
    assert msg['from'] == 'a@b.example'
    assert msgdata['tolist'] == 1


def test_headers_can_be_changed_as_cook_headers_does(mlist, make_msg):
    names = run('from Mailman.Handlers.CookHeaders import change_header')
    msg, msgdata = make_msg('X-A: 1'), {}
    change = names['change_header']
    change('X-A', '2', mlist, msg, msgdata)
    change('X-B', '3', mlist, msg, msgdata, delete=False)
    change('X-A', '4', mlist, msg, msgdata, repl=False)
    change('From', 'x@y.example', mlist, msg, msgdata)
    assert (msg['x-a'], msg['x-b']) == ('2', '3')
    assert msgdata == {'add_header': {'From': 'x@y.example'}}


# --- functions ------------------------------------------------------------------


@pytest.mark.parametrize(
    'call, answer',
    [
        ('ParseEmail("User@Host.Example")', ('user', ['host', 'example'])),
        ('ParseEmail("user")', ('user', None)),
        ('LCDomain("User@Host.EXAMPLE")', 'User@host.example'),
        (
            'GetPossibleMatchingAddr("u@a.b.example")',
            ['u@a.b.example', 'u@b.example'],
        ),
        ('list_names()', ['test']),
        ('list_exists("test")', True),
        ('list_exists("../test")', False),
        ('get_site_email(extra="bounces")', 'mailman-bounces@lists.example.com'),
        ('get_domain()', 'lists.example.com'),
        ('wrap("a\\nb")', 'a b'),
        ('oneline("=?utf-8?q?=C3=A9?=\\n x")', 'é x'),
        ('GetCharSet("es")', 'iso-8859-1'),
        ('IsLanguage("xx")', False),
        ('List2Dict(["A"], foldcase=1)', {'a': 1}),
        ('nntpsplit("news.example:8119")', ('news.example', 8119)),
        ('nntpsplit("news.example")', ('news.example', 119)),
        ('websafe("<b>")', '&lt;b&gt;'),
        ('ObscureEmail("a@b", 1)', 'a at b'),
        ('strip_verbose_pattern("a  b # c\\n d")', 'abd'),
        ('to_dollar("%(x)s")', '${x}'),
    ],
)
def test_utilities_answer_as_they_did(mlist, call, answer):
    names = run('from Mailman import Utils')
    assert eval(f'Utils.{call}', names) == answer


def test_templates_can_be_filled(mlist):
    names = run('from Mailman import Utils')
    values = {'subject': 's', 'listname': 'L', 'listinfo_url': 'u', 'optionsurl': 'o'}
    assert 'L' in names['Utils'].maketext('postack.txt', values, mlist=mlist, lang='en')


def test_bad_addresses_raise_what_they_raised():
    names = run('from Mailman import Utils, Errors')
    with pytest.raises(names['Errors'].MMHostileAddress):
        names['Utils'].ValidateEmail('a;b@c.example')
    with pytest.raises(names['Errors'].EmailAddressError):
        names['Utils'].ValidateEmail('nobody')


def test_underscore_puts_in_local_variables():
    names = run(
        """
        from Mailman.i18n import _, set_language
        set_language('en')
        def say(member):
            return _('Post by %(member)s, %(unknown)s')
        """
    )
    assert names['say']('anne') == 'Post by anne, %(unknown)s'


# --- lists ------------------------------------------------------------------------


def test_lists_are_opened_and_locked_when_they_are_made(mlist):
    names = run('from Mailman import MailList')
    opened = names['MailList'].MailList('test')
    assert opened.Locked()
    opened.description = 'changed'
    opened.Save()
    opened.Unlock()
    assert not opened.Locked()
    assert names['MailList'].MailList('test', lock=0).description == 'changed'
    with pytest.raises(UnknownList):
        names['MailList'].MailList('gone')


@pytest.mark.parametrize(
    'call, answer',
    [
        ('internal_name()', 'test'),
        ('GetListEmail()', 'test@lists.example.com'),
        ('getListAddress("owner")', 'test-owner@lists.example.com'),
        ('GetBouncesEmail()', 'test-bounces@lists.example.com'),
        ('GetOwnerEmail()', 'test-owner@lists.example.com'),
        ('GetRequestEmail()', 'test-request@lists.example.com'),
        ('GetConfirmEmail("abc")', 'test-confirm+abc@lists.example.com'),
        ('GetScriptURL("listinfo")', '/mailman/listinfo/test'),
        (
            'GetScriptURL("listinfo", absolute=1)',
            'http://lists.example.com/mailman/listinfo/test',
        ),
        ('isMember("ANNE@member.example")', True),
        ('getMembers()', ['anne@member.example', 'bob@member.example']),
        ('getRegularMemberKeys()', ['anne@member.example', 'bob@member.example']),
        ('getDigestMemberKeys()', []),
        ('getMemberCPAddress("bob@member.example")', 'Bob@Member.example'),
        ('getMemberName("anne@member.example")', None),
        ('getMemberLanguage("x@y.example")', 'en'),
        ('getMemberOption("anne@member.example", 256)', True),
        ('getDeliveryStatus("anne@member.example")', 0),
        ('getMemberTopics("anne@member.example")', []),
        ('Authenticate((3, 4), "wrong")', 0),
    ],
)
def test_lists_answer_to_their_old_names(mlist, call, answer):
    assert eval(f'mlist.{call}', {'mlist': mlist}) == answer


def test_members_can_be_changed_by_the_old_names(mlist):
    anne = 'anne@member.example'
    mlist.setMemberOption(anne, 2, 1)
    mlist.setMemberName(anne, 'Anne')
    mlist.setDeliveryStatus(anne, 3)
    mlist.changeMemberAddress(anne, 'new@x.example')
    mlist.addNewMember('cate@x.example', realname='Cate', digest=1)
    mlist.removeMember('bob@member.example')
    assert mlist.getMemberOption('new@x.example', 2)
    assert mlist.name_of('new@x.example') == 'Anne'
    assert mlist.delivery_status_of('new@x.example') == DeliveryStatus.BY_ADMIN
    assert mlist.getDeliveryStatusMembers() == ['new@x.example']
    assert mlist.digest_keys() == ['cate@x.example']
    with pytest.raises(NotAMember):
        mlist.getMemberCPAddress('bob@member.example')


def test_members_join_and_leave_by_the_old_names(mlist):
    from Mailman.UserDesc import UserDesc

    mlist.ApprovedAddMember(UserDesc('new@x.example', 'New', digest=0), 0, 0)
    assert mlist.name_of('new@x.example') == 'New'
    mlist.ApprovedDeleteMember('new@x.example', 'test', 0, 0)
    assert not mlist.is_member('new@x.example')


def test_the_lock_by_its_old_name_is_the_lists_lock(mlist):
    mlist.Lock()
    mlist.Lock()
    assert mlist.locked
    mlist.Unlock()
    assert not mlist.locked
    mlist.Unlock()


def test_within_the_pipeline_the_lock_stays(mlist):
    with mlist.lock():
        mlist.Lock()
        mlist.Unlock()
        assert mlist.Locked()


def test_digests_can_be_sent_and_bumped_by_2_1s_names(site, mlist, make_msg):
    from mailman import compat21
    from mailman.actions import digests

    compat21.register(site)
    assert mlist.send_digest_now() is False
    digests.collect(mlist, make_msg())
    assert mlist.send_digest_now() is True
    assert mlist.next_digest_number == 2
    mlist.bump_digest_volume()
    assert (mlist.volume, mlist.next_digest_number) == (2, 1)
