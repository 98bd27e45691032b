"""The baseline of delivery: a loop over smtplib that sends the same transactions.

Started as a process of its own with a JSON description on standard input; prints the
seconds of CPU that the loop took, start of Python and reading of input not counted.
"""

from __future__ import annotations

import json
import smtplib
import sys
import time


def main() -> None:
    """Send ``text`` to each group of ``transactions`` over one connection."""
    job = json.load(sys.stdin)
    text = job['text'].encode()
    began, clock = time.process_time(), time.monotonic()
    with smtplib.SMTP('127.0.0.1', job['port'], local_hostname='bench') as smtp:
        for sender, recipients in job['transactions']:
            smtp.sendmail(sender, recipients, text)
    cpu, wall = time.process_time() - began, time.monotonic() - clock
    print(json.dumps({'cpu': cpu, 'wall': wall}))


if __name__ == '__main__':
    main()
