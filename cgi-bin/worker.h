/* Hand a request over to the resident worker; see worker.c.
 *
 * License: GPL-3.0-or-later.
 */
#ifndef MAILMAN_WORKER_H
#define MAILMAN_WORKER_H

enum handed {
	NOT_HANDED, /* nobody took it; nothing was read: start Python */
	ANSWERED,   /* the worker's answer is on standard output */
	UNANSWERED  /* taken, but there was no answer; it may have been acted on */
};

/* `locks` is LOCK_DIR, `environment` what frame_environment gives. */
enum handed worker_ask(const char *locks, const char *page, char *const *environment);

#endif
