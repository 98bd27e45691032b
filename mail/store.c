/* Store a mail so that a pulled plug cannot take it back.
 *
 * An entry is a file TIME+HEX.msg: its first line is JSON metadata, the rest is
 * the mail as it came.  TIME is seconds with six decimals, of one width until the
 * year 2286, so names sort by arrival; HEX is 40 hex digits.  (2.1 took a SHA-1
 * there.  Runners that share a queue divide it by these digits, so they need to
 * be spread evenly, and nothing else: random ones are.)
 *
 *	TIME+HEX.tmp       being written; a left-over is swept by the runners
 *	TIME+HEX.msg       stored: file synced, renamed, directory synced
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h> /* renameat() */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = sizeof(((struct text *)0)->at), BLOCK = 256 * 1024 };

/* Standard input is read behind a gap, into which the lines that go before it
 * are copied, so that most mails are written by one call. */
static char buffer[HEAD + BLOCK];

/* What the signal handler has to clean up, and whether there is nothing left to. */
static volatile int dir_fd = -1;
static struct text temporary;
static volatile sig_atomic_t stored;

static void give_up(int signal_number)
{
	(void)signal_number;
	if (!stored && dir_fd >= 0 && temporary.used > 0)
		unlinkat(dir_fd, temporary.at, 0);
	_exit(stored ? EXIT_OK : EXIT_LATER);
}

static void catch_signals(void)
{
	static const int each[] = {SIGHUP, SIGINT, SIGTERM, SIGALRM, SIGXCPU};
	struct sigaction action;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = give_up;
	for (i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		sigaction(each[i], &action, NULL);
}

/* Fill the buffer from standard input as far as it goes; -1 with errno. */
static ssize_t read_block(char *block, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(STDIN_FILENO, block + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

/* The sender that the mail server told, where it did not write a From_ line
 * (Postfix and Exim do; preline does for qmail).  NULL: nothing usable. */
static const char *told_sender(void)
{
	const char *sender = getenv("SENDER");
	const char *c;

	if (sender == NULL || strlen(sender) > 512)
		return NULL;
	for (c = sender; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return NULL;
	/* The empty sender of a bounce. */
	return *sender == '\0' ? "MAILER-DAEMON" : sender;
}

/* "Sat Nov 21 09:22:57 2026", UTC.  By hand, because the C library's functions
 * read a time zone file first. */
static void add_date(struct text *head, unsigned long now)
{
	static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun",
					       "Mon", "Tue", "Wed"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
					     "May", "Jun", "Jul", "Aug",
					     "Sep", "Oct", "Nov", "Dec"};
	unsigned long lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned long day = now / 86400, year = 1970, month = 0, leap;

	text_add(head, weekdays[day % 7]);
	for (;; day -= 365 + leap, year++) {
		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		if (day < 365 + leap)
			break;
	}
	lengths[1] += leap;
	for (; day >= lengths[month]; month++)
		day -= lengths[month];
	text_add(head, " ");
	text_add(head, months[month]);
	text_add(head, day < 9 ? "  " : " ");
	text_add_digits(head, day + 1, 1);
	text_add(head, " ");
	text_add_digits(head, now / 3600 % 24, 2);
	text_add(head, ":");
	text_add_digits(head, now / 60 % 60, 2);
	text_add(head, ":");
	text_add_digits(head, now % 60, 2);
	text_add(head, " ");
	text_add_digits(head, year, 4);
}

static void add_from_line(struct text *head, unsigned long now)
{
	const char *sender = told_sender();

	if (sender == NULL)
		return;
	text_add(head, "From ");
	text_add(head, sender);
	text_add(head, "  ");
	add_date(head, now);
	text_add(head, "\n");
}

static int name_entry(struct text *name, const struct timespec *now)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[20];
	char hex[2 * sizeof(random) + 1];
	size_t i;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	for (i = 0; i < sizeof(random); i++) {
		hex[2 * i] = digits[random[i] >> 4];
		hex[2 * i + 1] = digits[random[i] & 15];
	}
	hex[2 * sizeof(random)] = '\0';
	text_clear(name);
	text_add_digits(name, (unsigned long)now->tv_sec, 10);
	text_add(name, ".");
	text_add_digits(name, (unsigned long)now->tv_nsec / 1000, 6);
	text_add(name, "+");
	text_add(name, hex);
	return name->full ? -1 : 0;
}

static void compose_head(struct text *head, const struct timespec *now,
			 const char *list, const char *metadata, int from_line)
{
	text_set(head, "{\"listname\": \"", list, "\", \"received_time\": ", NULL);
	text_add_digits(head, (unsigned long)now->tv_sec, 1);
	text_add(head, ".");
	text_add_digits(head, (unsigned long)now->tv_nsec / 1000, 6);
	text_add(head, ", \"version\": 3");
	text_add(head, metadata);
	text_add(head, "}\n");
	if (!from_line)
		add_from_line(head, (unsigned long)now->tv_sec);
}

/* A queue's directory is made on its first use. */
static int open_queue(const char *path)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open(path, flags);

	if (fd < 0 && errno == ENOENT && mkdir(path, 0770) == 0)
		fd = open(path, flags);
	return fd;
}

/* Copy all there is, `size` bytes of it being in the buffer already. */
static int copy_mail(int fd, const struct text *head, size_t size,
		     unsigned long max_kb, struct text *why)
{
	unsigned long long total = size;
	char *start = buffer + HEAD - head->used;
	size_t length = head->used + size;
	ssize_t got;

	memcpy(start, head->at, head->used);
	for (;;) {
		if (max_kb > 0 && total > max_kb * 1024ULL)
			return EXIT_TOO_LARGE;
		if (write_all(fd, start, length) < 0) {
			text_set(why, "cannot write the mail: ", strerror(errno), NULL);
			return EXIT_LATER;
		}
		if (size < BLOCK)
			return EXIT_OK;
		start = buffer + HEAD;
		got = read_block(start, BLOCK);
		if (got < 0) {
			text_set(why, "cannot read the mail: ", strerror(errno), NULL);
			return EXIT_LATER;
		}
		size = length = (size_t)got;
		total += size;
	}
}

/* Give the finished file its name, and make that last. */
static int publish(int fd, const struct text *name)
{
	if (fsync(fd) < 0 ||
	    renameat(dir_fd, temporary.at, dir_fd, name->at) < 0)
		return -1;
	if (fsync(dir_fd) < 0 && errno != EINVAL) {
		int reason = errno;

		/* Nobody can say what a crash would leave: take it back. */
		unlinkat(dir_fd, name->at, 0);
		errno = reason;
		return -1;
	}
	stored = 1;
	return 0;
}

/* Write one entry under its temporary name, then publish it. */
static int write_entry(const struct text *base, const struct text *head,
		       size_t size, unsigned long max_kb, struct text *why)
{
	static struct text name;
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd, result;

	text_set(&name, base->at, ".msg", NULL);
	text_set(&temporary, base->at, ".tmp", NULL);
	fd = openat(dir_fd, temporary.at, flags, 0660);
	if (fd < 0) {
		text_set(why, "cannot make a queue file: ", strerror(errno), NULL);
		return EXIT_LATER;
	}
	result = copy_mail(fd, head, size, max_kb, why);
	if (result == EXIT_OK && publish(fd, &name) < 0) {
		text_set(why, "cannot keep the mail: ", strerror(errno), NULL);
		result = EXIT_LATER;
	}
	if (result != EXIT_OK)
		unlinkat(dir_fd, temporary.at, 0);
	text_clear(&temporary);
	close(fd);
	return result;
}

/* A server that is still writing must not trip over a closed pipe before it
 * learns our exit code; what is left to read is bounded by its own patience. */
static int refuse_size(unsigned long max_kb, struct text *why)
{
	while (read_block(buffer, sizeof(buffer)) > 0)
		continue;
	text_set(why, "this mail is larger than ", NULL);
	text_add_digits(why, max_kb, 1);
	text_add(why, " KB, which is all that this site takes"
		      " (MAX_INCOMING_MESSAGE_SIZE)");
	return EXIT_TOO_LARGE;
}

int store_mail(const char *queue_dir, const char *list, const char *metadata,
	       unsigned long max_kb, struct text *why)
{
	static struct text head, base;
	struct timespec now;
	ssize_t size;
	int result;

	catch_signals();
	size = read_block(buffer + HEAD, BLOCK);
	if (size < 0) {
		text_set(why, "cannot read the mail: ", strerror(errno), NULL);
		return EXIT_LATER;
	}
	dir_fd = open_queue(queue_dir);
	if (dir_fd < 0) {
		text_set(why, "cannot open ", queue_dir, ": ", strerror(errno), NULL);
		return EXIT_LATER;
	}
	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || name_entry(&base, &now) < 0) {
		text_set(why, "cannot name the mail: ", strerror(errno), NULL);
		return EXIT_LATER;
	}
	compose_head(&head, &now, list, metadata,
		     size >= 5 && memcmp(buffer + HEAD, "From ", 5) == 0);
	if (head.full) {
		text_set(why, "names are too long to store", NULL);
		return EXIT_LATER;
	}
	result = write_entry(&base, &head, (size_t)size, max_kb, why);
	close(dir_fd);
	dir_fd = -1;
	return result == EXIT_TOO_LARGE ? refuse_size(max_kb, why) : result;
}
