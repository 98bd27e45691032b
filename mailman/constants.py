"""Numbers that 2.1's files, forms and site settings are made of.

They are stored in config.pck and typed into mm_cfg.py, so they never change.
"""

from enum import IntEnum, IntFlag


class MemberFlag(IntFlag):
    """One bit each in ``user_options`` (2.1's option flags)."""

    DIGESTS = 0
    DISABLE_DELIVERY = 1  # obsolete: delivery_status says it since 2.1
    DONT_RECEIVE_OWN_POSTS = 2
    ACKNOWLEDGE_POSTS = 4
    DISABLE_MIME = 8  # the plain digest
    CONCEAL_SUBSCRIPTION = 16
    SUPPRESS_PASSWORD_REMINDER = 32
    RECEIVE_NONMATCHING_TOPICS = 64
    MODERATE = 128
    DONT_RECEIVE_DUPLICATES = 256


# The words of the mail commands, bin/list_members and web forms (2.1's OPTINFO).
FLAG_NAMES = {
    'hide': MemberFlag.CONCEAL_SUBSCRIPTION,
    'nomail': MemberFlag.DISABLE_DELIVERY,
    'ack': MemberFlag.ACKNOWLEDGE_POSTS,
    'notmetoo': MemberFlag.DONT_RECEIVE_OWN_POSTS,
    'digest': MemberFlag.DIGESTS,
    'plain': MemberFlag.DISABLE_MIME,
    'nodupes': MemberFlag.DONT_RECEIVE_DUPLICATES,
    'mod': MemberFlag.MODERATE,
    'nmtopics': MemberFlag.RECEIVE_NONMATCHING_TOPICS,
    'noremind': MemberFlag.SUPPRESS_PASSWORD_REMINDER,
}


class DeliveryStatus(IntEnum):
    """Why a member gets no mail (2.1's MemberAdaptor codes)."""

    ENABLED = 0
    UNKNOWN = 1
    BY_USER = 2
    BY_ADMIN = 3
    BY_BOUNCE = 4


class Action(IntEnum):
    """What is to become of a held request or a filtered post."""

    DEFER = 0
    APPROVE = 1
    REJECT = 2
    DISCARD = 3
    SUBSCRIBE = 4
    UNSUBSCRIBE = 5
    ACCEPT = 6
    HOLD = 7


class Role(IntEnum):
    """Who a password may make you (2.1's Auth* codes)."""

    UNAUTHORIZED = 0
    USER = 1
    CREATOR = 2
    LIST_ADMIN = 3
    LIST_MODERATOR = 4
    SITE_ADMIN = 5
    LIST_POSTER = 6


class RequestType(IntEnum):
    """The kinds of entries in request.pck."""

    HELD_MESSAGE = 1
    SUBSCRIPTION = 2
    UNSUBSCRIPTION = 3
