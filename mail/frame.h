/* What both set-gid programs do before anything else; see frame.c.
 *
 * Both run with the rights of the mailman group on behalf of a server that
 * anybody can send bytes to.  So: no stdio, no format strings, no name look-ups
 * through shared libraries, no memory from the heap, every length bounded.
 *
 * License: GPL-3.0-or-later.
 */
#ifndef MAILMAN_FRAME_H
#define MAILMAN_FRAME_H

#include <stddef.h>

/* Exit codes.  Small ones are 2.1's; the others are sysexits, which Postfix,
 * Exim and Sendmail read.  Mail servers return the mail to its author for every
 * code but 0 and 75, so whatever may work later has to be 75. */
enum {
	EXIT_OK = 0,          /* stored on disk, for good */
	EXIT_GROUP = 2,       /* the caller's group is not one of the configured */
	EXIT_EXEC = 4,        /* a page's interpreter cannot be started */
	EXIT_USAGE = 5,       /* a word is missing */
	EXIT_WORD = 6,        /* the first word is none of the ten commands */
	EXIT_NO_GROUP = 8,    /* the caller's group has no name */
	EXIT_NO_LIST = 67,    /* there is no such list */
	EXIT_TOO_LARGE = 69,  /* larger than MAX_INCOMING_MESSAGE_SIZE */
	EXIT_LATER = 75       /* not stored; the mail server shall try again */
};

/* A string that cannot run over its end; `full` tells that something was cut. */
struct text {
	size_t used;
	int full;
	char at[8192];
};

void text_clear(struct text *text);
void text_add(struct text *text, const char *more);
void text_add_digits(struct text *text, unsigned long number, int width);
/* A path or message in one go: text_set(&t, a, b, c, NULL). */
void text_set(struct text *text, const char *first, ...);

int write_all(int fd, const char *data, size_t size);

/* Put descriptors, file mode mask and signals into a known state. */
void frame_start(void);

/* EXIT_OK when the real group is one of `allowed` (names or numbers, ended by
 * NULL); else the exit code, with the sentence to print in `why`.  `option` is
 * the configure option that would let the caller in. */
int frame_check_group(const char *const *allowed, const char *option,
		      struct text *why);

/* Make the effective group the real one; 0, or -1 with errno. */
int frame_take_group(void);

/* The environment for programs that we start: a fixed one, and from ours only
 * what is on the list in frame.c and not overlong. */
char **frame_environment(void);

#endif
