"""Rows of rules out of form fields: numbers, buttons, and the empty row."""

from mailman.settings import find, rows


class Form(dict):
    """A form as rows read it."""

    def get(self, name, default=''):
        return dict.get(self, name, default)


def topics(**fields):
    return rows.read(find('topics').widget, Form(fields))


def rules(**fields):
    return rows.read(find('header_filter_rules').widget, Form(fields))


def two(**more):
    return rules(
        hdrfilter_rebox_01='a: b',
        hdrfilter_action_01='3',
        hdrfilter_rebox_02='c: d',
        hdrfilter_action_02='7',
        **more,
    )


def patterns(read):
    return [value[0] for value in read.values]


def test_a_form_without_a_first_row_speaks_of_none():
    assert topics(topic_box_02='x', topic_delete_01='1') is None
    assert rows.read(find('description').widget, Form(topic_box_01='x')) is None


def test_values_are_as_the_widget_takes_them():
    read = topics(topic_box_01=' n ', topic_rebox_01='a\r\nb\r\n', topic_desc_01='d')
    assert read.values == [('n', 'a\nb', 'd', False)]
    assert two().values == [('a: b', 3, False), ('c: d', 7, False)]


def test_rows_end_where_a_number_is_missing():
    assert patterns(rules(hdrfilter_rebox_01='a', hdrfilter_rebox_03='c')) == ['a']


def test_a_deleted_row_leaves_the_others():
    assert patterns(two(hdrfilter_delete_01='1')) == ['c: d']
    # Scripts send the button alone.
    read = rules(hdrfilter_rebox_01='a', hdrfilter_delete_02='', hdrfilter_rebox_03='c')
    assert patterns(read) == ['a', 'c']


def test_the_empty_row_counts_once_something_is_typed():
    assert topics(topic_box_01='', topic_rebox_01=' ', topic_new_01='1').values == []
    assert topics(topic_box_01='n', topic_rebox_01='', topic_new_01='1').values


def test_an_empty_row_is_asked_for_before_or_behind():
    assert two(hdrfilter_add_02='1', hdrfilter_where_02='before').blank == 1
    assert two(hdrfilter_add_02='1', hdrfilter_where_02='after').blank == 2
    assert two(hdrfilter_add_02='1').blank == 1
    assert two().blank is None


def test_rows_move_but_not_over_the_ends():
    assert patterns(two(hdrfilter_down_01='1')) == ['c: d', 'a: b']
    assert patterns(two(hdrfilter_up_02='1')) == ['c: d', 'a: b']
    assert patterns(two(hdrfilter_up_01='1')) == ['a: b', 'c: d']
    assert patterns(two(hdrfilter_down_02='1')) == ['a: b', 'c: d']
