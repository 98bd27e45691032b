"""Permanent addresses are told from the Message-ID alone."""

import pytest

from mailman.archive.permalinks import bare, file_of, permalink


def test_the_address_is_known_before_there_is_a_page(mlist):
    address = permalink(mlist, '<one@member.example>')
    assert address.startswith(mlist.archive_url() + 'message/')
    assert address.endswith('.html')
    assert len(address.rsplit('/', 1)[1]) == 40 + len('.html')


@pytest.mark.parametrize('form', ['<a@b.example>', 'a@b.example', ' <a@b.example>\r\n'])
def test_brackets_and_blanks_do_not_count(form):
    assert bare(form) == 'a@b.example'
    assert file_of(form) == file_of('a@b.example')


def test_the_hash_never_changes():
    assert file_of('<87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp>') == (
        'message/4a50653d41f0aa3bf83a150dc41c098a2087526f.html'
    )


@pytest.mark.parametrize('odd', ['', '<>', '../../x', 'a\0b', '\udcff@x', 'é@x'])
def test_no_message_id_leads_out_of_the_directory(odd):
    assert file_of(odd).count('/') == 1
    assert '..' not in file_of(odd)
