/* An SMTP server for measuring: takes everything, keeps nothing, costs little.
 *
 *     sink [--no-pipelining] COUNTERS
 *
 * Prints its port and serves until its parent ends.  What came is counted in the
 * file COUNTERS, which the bench maps into its memory as well; times are
 * CLOCK_MONOTONIC in nanoseconds, which is Python's time.monotonic_ns().
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, INPUT = 1 << 20, OUTPUT = 1 << 18 };

struct counters {
	volatile uint64_t mails, recipients, bytes, first_rcpt, last_rcpt, last_mail;
};

struct connection {
	int fd, in_text;
	size_t have, written;
	char in[INPUT], out[OUTPUT];
};

static struct counters *counters;
static const char *greeting = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
			      "250-SMTPUTF8\r\n250 SIZE 0\r\n";

static uint64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static int flush_out(struct connection *c)
{
	size_t done = 0;
	ssize_t n;

	while (done < c->written) {
		n = write(c->fd, c->out + done, c->written - done);
		if (n <= 0)
			return 0;
		done += (size_t)n;
	}
	c->written = 0;
	return 1;
}

static int say(struct connection *c, const char *text)
{
	size_t length = strlen(text);

	if (c->written + length > OUTPUT && !flush_out(c))
		return 0;
	memcpy(c->out + c->written, text, length);
	c->written += length;
	return 1;
}

static int command(struct connection *c, const char *line)
{
	if (strncasecmp(line, "RCPT", 4) == 0) {
		counters->last_rcpt = now();
		if (counters->first_rcpt == 0)
			counters->first_rcpt = counters->last_rcpt;
		counters->recipients++;
		return say(c, "250 ok\r\n");
	}
	if (strncasecmp(line, "DATA", 4) == 0) {
		c->in_text = 1;
		return say(c, "354 go on\r\n");
	}
	if (strncasecmp(line, "EHLO", 4) == 0)
		return say(c, greeting);
	if (strncasecmp(line, "QUIT", 4) == 0) {
		say(c, "221 bye\r\n");
		flush_out(c);
		return 0;
	}
	return say(c, "250 ok\r\n");
}

static int text(struct connection *c, const char *line, size_t length)
{
	if (line[0] != '.' || (length != 3 && length != 2)) {
		counters->bytes += length;
		return 1;
	}
	c->in_text = 0;
	counters->last_mail = now();
	counters->mails++;
	return say(c, "250 stored\r\n");
}

/* Read once and answer all complete lines; 0 when the connection is over. */
static int serve(struct connection *c)
{
	char *line = c->in, *end;
	ssize_t n = read(c->fd, c->in + c->have, INPUT - c->have);
	int on = 1;

	/* mlmmj writes in small pieces; without this each waits 40 ms for our ACK. */
	setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	if (n <= 0)
		return 0;
	c->have += (size_t)n;
	while ((end = memchr(line, '\n', c->have - (size_t)(line - c->in)))) {
		size_t length = (size_t)(end - line) + 1;

		if (!(c->in_text ? text(c, line, length) : command(c, line)))
			return 0;
		line = end + 1;
	}
	c->have -= (size_t)(line - c->in);
	memmove(c->in, line, c->have);
	return c->have < INPUT && flush_out(c);
}

static struct connection *welcome(int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	int on = 1;

	if (c == NULL)
		abort();
	c->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	say(c, "220 sink ESMTP\r\n");
	flush_out(c);
	return c;
}

static int listener(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) < 0 || listen(fd, 128) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) < 0) {
		perror("sink");
		exit(1);
	}
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static void map_counters(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*counters)) < 0)
		counters = MAP_FAILED;
	else
		counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED,
				fd, 0);
	if (counters == MAP_FAILED) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static struct connection *open_ones[MOST];
	struct pollfd waiting[MOST + 1];
	nfds_t count = 0, i;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "--no-pipelining") == 0)
		greeting = "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 0\r\n";
	else if (argc != 2)
		return 2;
	map_counters(argv[argc - 1]);
	waiting[0] = (struct pollfd){.fd = listener(), .events = POLLIN};
	for (;;) {
		poll(waiting, count + 1, -1);
		for (i = count; i > 0; i--) {
			if (!waiting[i].revents || serve(open_ones[i]))
				continue;
			close(waiting[i].fd);
			free(open_ones[i]);
			waiting[i] = waiting[count];
			open_ones[i] = open_ones[count--];
		}
		if (waiting[0].revents && count + 1 < MOST) {
			int fd = accept(waiting[0].fd, NULL, NULL);

			if (fd < 0)
				continue;
			open_ones[++count] = welcome(fd);
			waiting[count] = (struct pollfd){.fd = fd, .events = POLLIN};
		}
	}
}
