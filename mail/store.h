/* Put one mail into a queue directory, for good; see store.c.
 *
 * License: GPL-3.0-or-later.
 */
#ifndef MAILMAN_STORE_H
#define MAILMAN_STORE_H

#include "frame.h"

/* Copy standard input into a new entry of the queue directory.  `metadata` is
 * JSON to put behind the list name: empty, or `, "tolist": 1`.  `max_kb` 0
 * takes any size.  Answers an exit code, with the reason in `why`. */
int store_mail(const char *queue_dir, const char *list, const char *metadata,
	       unsigned long max_kb, struct text *why);

#endif
