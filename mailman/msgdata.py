"""The metadata that travels with a message: the directory of all its keys.

A plain dict at run time.  Keys that start with an underscore live as long as one
runner works on the entry and are not stored (``_bak_count`` is the exception).
"""

from typing import Any, TypedDict

MsgData = TypedDict(
    'MsgData',
    {
        # --- where it came from; written by the mail program, read by the runners
        'listname': str,
        'received_time': float,
        'tolist': int,
        'toowner': int,
        'torequest': int,
        'toconfirm': int,
        'tojoin': int,
        'toleave': int,
        'version': int,
        'fromusenet': int,  # written by gate_news, read by Moderate, Hold, ToUsenet
        # --- the way through the pipeline
        'pipeline': 'list[str] | str',  # steps left, or the name of a site pipeline
        'whichq': str,  # written on shunting: the queue's directory
        'lang': str,  # sender's language
        # --- moderation
        'approved': int,  # Approve -> all later checks
        'adminapproved': int,  # Approve -> Emergency
        'sender': str,  # Moderate -> Hold: the member this post counts for
        'rejection_notice': str,  # Hold -> moderation
        'from_is_list': int,  # SpamDetect -> CleanseDKIM, CookHeaders, WrapMessage
        # --- what the author wrote, before we changed it
        'original_sender': str,  # Cleanse -> Acknowledge, log
        'origsubj': str,  # CookHeaders -> Acknowledge
        'stripped_subject': str,  # CookHeaders -> ToUsenet
        'topichits': 'list[str]',  # Tagger -> CalcRecips
        'add_header': 'dict[str, str]',  # AvoidDuplicates, CookHeaders -> WrapMessage
        # --- delivery
        'recips': 'list[str]',  # CalcRecips -> AvoidDuplicates, outgoing
        'add-dup-header': 'dict[str, bool]',  # AvoidDuplicates -> outgoing
        'undelivered': 'list[list[str]]',  # outgoing: chunks still to do
        'envsender': str,
        'errorsto': str,
        'verp': int,
        'personalize': int,
        'decorated': bool,
        'decoration-data': 'dict[str, str]',
        'nodecorate': int,
        'probe_token': str,
        'deliver_after': float,
        'deliver_until': float,
        'last_recip_count': int,
        'retry_count': int,  # outgoing -> retry: growing waits
        # --- system mail
        'isdigest': bool,
        'noack': int,
        'reduced_list_headers': int,
        'tomoderators': int,
        'refusal_notice': int,  # outgoing -> outgoing: refused for good, try again
        'prepped': int,  # news: the post is an article already
        'news_wait': float,  # news: seconds to wait after the next failure
        # --- this run only
        '_fasttrack': int,
        '_nolist': int,
        '_bak_count': int,
        '_parsemsg': bool,
        '_envelope': Any,
    },
    total=False,
)
