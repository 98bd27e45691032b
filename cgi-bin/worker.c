/* Hand a request over to the resident worker, mailman/web/worker.py.
 *
 * It listens on the socket LOCK_DIR/wake/web, in a folder that only the mailman
 * group may enter.  One connection is one request:
 *
 *	worker:  "+"           it has time for this one
 *	we:      SIZE ":" "PAGE=" page "\0" ( NAME "=" VALUE "\0" )* ","
 *	         then CONTENT_LENGTH bytes of standard input, then end of file
 *	worker:  the answer, as a CGI program writes it, then end of file
 *
 * Until the final comma is out nothing was asked and nothing of standard input was
 * read, so whatever goes wrong before that, the caller may start Python instead.
 * Afterwards nobody may ask again: a form would be sent twice.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frame.h"

#ifndef PATIENCE
#define PATIENCE 500 /* milliseconds that a busy worker is waited for */
#endif

enum { BLOCK = 65536 };

static int ready(int fd, short events)
{
	struct pollfd one = {.fd = fd, .events = events};
	int found;

	do
		found = poll(&one, 1, PATIENCE);
	while (found < 0 && errno == EINTR);
	return found > 0;
}

/* Only our group can have made the socket, but look. */
static int of_our_group(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.gid == getegid() || peer.uid == geteuid() || peer.uid == 0);
}

static int greeted(int fd)
{
	char greeting = 0;

	return ready(fd, POLLIN) && read(fd, &greeting, 1) == 1 && greeting == '+';
}

/* Not blocking: where too many wait already, connect() fails at once. */
static int open_worker(const char *locks)
{
	static struct sockaddr_un address = {.sun_family = AF_UNIX};
	static struct text path;
	int fd;

	text_set(&path, locks, "/wake/web", NULL);
	if (path.full || path.used >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path.at, path.used + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    of_our_group(fd) && greeted(fd))
		return fd;
	close(fd);
	return -1;
}

/* --- the question ----------------------------------------------------------- */

static struct {
	size_t used;
	int failed;
	char at[BLOCK];
} question;

static void send_block(int fd)
{
	const char *data = question.at;

	while (question.used > 0 && !question.failed) {
		ssize_t done = write(fd, data, question.used);

		if (done > 0) {
			data += done;
			question.used -= (size_t)done;
		} else if (done == 0 || (errno != EINTR && errno != EAGAIN) ||
			   !ready(fd, POLLOUT)) {
			question.failed = 1;
		}
	}
}

static void add(int fd, const char *data, size_t size)
{
	while (size > 0 && !question.failed) {
		size_t part = sizeof(question.at) - question.used;

		part = part < size ? part : size;
		memcpy(question.at + question.used, data, part);
		question.used += part;
		data += part;
		size -= part;
		if (question.used == sizeof(question.at))
			send_block(fd);
	}
}

static int ask(int fd, const char *page, char *const *environment)
{
	static const char name[] = "PAGE=";
	static struct text digits;
	size_t size = sizeof(name) - 1 + strlen(page) + 1;
	char *const *each;

	for (each = environment; *each != NULL; each++)
		size += strlen(*each) + 1;
	text_clear(&digits);
	text_add_digits(&digits, size, 1);
	text_add(&digits, ":");
	add(fd, digits.at, digits.used);
	add(fd, name, sizeof(name) - 1);
	add(fd, page, strlen(page) + 1);
	for (each = environment; *each != NULL; each++)
		add(fd, *each, strlen(*each) + 1);
	/* The comma comes with the last block: all of it or not. */
	add(fd, ",", 1);
	send_block(fd);
	return question.failed ? -1 : 0;
}

/* --- the body and the answer ------------------------------------------------- */

static unsigned long body_size(char *const *environment)
{
	static const char name[] = "CONTENT_LENGTH=";
	unsigned long size = 0;
	const char *digit;

	for (; *environment != NULL; environment++) {
		if (strncmp(*environment, name, sizeof(name) - 1) != 0)
			continue;
		for (digit = *environment + sizeof(name) - 1; *digit != '\0'; digit++) {
			if (*digit < '0' || *digit > '9' || size > 1UL << 40)
				return 0; /* the worker refuses it */
			size = size * 10 + (unsigned long)(*digit - '0');
		}
	}
	return size;
}

/* Bytes of the body on their way from standard input to the worker. */
static struct {
	unsigned long left; /* still to be read */
	size_t start, end;
	int open;
	char at[BLOCK];
} body;

static void read_body(void)
{
	size_t most = body.left < sizeof(body.at) ? (size_t)body.left : sizeof(body.at);
	ssize_t size = read(STDIN_FILENO, body.at, most);

	if (size < 0 && errno == EINTR)
		return;
	body.start = 0;
	body.end = size > 0 ? (size_t)size : 0;
	body.left = size > 0 ? body.left - (unsigned long)size : 0;
}

static void send_body(int fd)
{
	ssize_t done = write(fd, body.at + body.start, body.end - body.start);

	if (done > 0)
		body.start += (size_t)done;
	else if (done < 0 && errno != EINTR && errno != EAGAIN)
		body.start = body.end = body.left = 0; /* it wants no more of it */
}

/* 1 while there may be more of the answer. */
static int pass_answer(int fd, int *answered)
{
	static char block[BLOCK];
	ssize_t size = read(fd, block, sizeof(block));

	if (size < 0)
		return errno == EINTR || errno == EAGAIN;
	if (size == 0)
		return 0;
	*answered = 1;
	return write_all(STDOUT_FILENO, block, (size_t)size) == 0;
}

/* Both directions at once: an answer may come before the body is out. */
static int exchange(int fd)
{
	enum { WORKER, INPUT };
	struct pollfd both[2];
	int answered = 0, more = 1;

	body.open = 1;
	while (more) {
		int holds = body.start < body.end;

		if (body.open && !holds && body.left == 0) {
			shutdown(fd, SHUT_WR);
			body.open = 0;
		}
		both[WORKER].fd = fd;
		both[WORKER].events = (short)(POLLIN | (holds ? POLLOUT : 0));
		both[INPUT].fd = !holds && body.left > 0 ? STDIN_FILENO : -1;
		both[INPUT].events = POLLIN;
		both[WORKER].revents = both[INPUT].revents = 0;
		if (poll(both, 2, -1) < 0 && errno != EINTR)
			break;
		if (both[INPUT].revents != 0)
			read_body();
		if (both[WORKER].revents & POLLOUT)
			send_body(fd);
		if (both[WORKER].revents & (POLLIN | POLLHUP | POLLERR))
			more = pass_answer(fd, &answered);
	}
	return answered;
}

enum handed worker_ask(const char *locks, const char *page, char *const *environment)
{
	int fd = open_worker(locks);
	int answered;

	if (fd < 0)
		return NOT_HANDED;
	if (ask(fd, page, environment) < 0) {
		close(fd);
		return NOT_HANDED;
	}
	body.left = body_size(environment);
	answered = exchange(fd);
	close(fd);
	return answered ? ANSWERED : UNANSWERED;
}
