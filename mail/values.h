/* The few site values that the mail program needs; see values.c.
 *
 * License: GPL-3.0-or-later.
 */
#ifndef MAILMAN_VALUES_H
#define MAILMAN_VALUES_H

enum queue { QUEUE_IN, QUEUE_BOUNCES, QUEUE_COMMANDS, QUEUES };

struct values {
	const char *lists;            /* LIST_DATA_DIR */
	const char *queues[QUEUES];   /* INQUEUE_DIR, BOUNCEQUEUE_DIR, CMDQUEUE_DIR */
	const char *data;             /* DATA_DIR */
	const char *locks;            /* LOCK_DIR */
	unsigned long max_kb;         /* MAX_INCOMING_MESSAGE_SIZE, 0 = any size */
};

/* Compiled-in values, overlaid with EXEC_PREFIX/mail/mailman.conf. */
const struct values *values_load(void);

#endif
