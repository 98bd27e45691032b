/* See to it that a stored mail moves on; see runners.c.
 *
 * License: GPL-3.0-or-later.
 */
#ifndef MAILMAN_RUNNERS_H
#define MAILMAN_RUNNERS_H

#include "values.h"

/* Wake the runners of this queue. */
void runners_wake(const struct values *values, const char *queue);

/* Where nothing runs and nothing was stopped on purpose, run all queues once,
 * for a minute at most.  The mail is stored: nothing here can fail it. */
void runners_stand_in(const struct values *values);

#endif
