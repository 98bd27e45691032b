/* The part that the mail program and the page program share.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "config.h"

extern char **environ;

/* What a server may tell the programs behind us.  PYTHON*, LD_* and HTTP_PROXY
 * are not here and never will be: they change what an interpreter or a library
 * does.  HTTP_ORIGIN and HTTP_SEC_FETCH_SITE tell a foreign form from ours,
 * REMOTE_USER serves single sign-on. */
static const char *const passed_on[] = {
	"AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "DOCUMENT_ROOT",
	"GATEWAY_INTERFACE", "HOST", "HTTPS", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
	"HTTP_COOKIE", "HTTP_FORWARDED_FOR", "HTTP_HOST",
	"HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_ORIGIN",
	"HTTP_REFERER", "HTTP_SEC_FETCH_SITE", "HTTP_USER_AGENT",
	"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "LOGNAME",
	"ORIGINAL_RECIPIENT", "PATH_INFO", "QUERY_STRING", "RECIPIENT",
	"REMOTE_ADDR", "REMOTE_PORT", "REMOTE_USER", "REQUEST_METHOD",
	"REQUEST_SCHEME", "REQUEST_URI", "SCRIPT_NAME", "SENDER",
	"SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "USER",
};

static char fixed_path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
static char fixed_locale[] = "LC_ALL=C.UTF-8";

enum { LONGEST_VARIABLE = 16384, LONGEST_GROUP_NAME = 256 };

/* --- text ------------------------------------------------------------- */

void text_clear(struct text *text)
{
	text->used = 0;
	text->full = 0;
	text->at[0] = '\0';
}

void text_add(struct text *text, const char *more)
{
	size_t size = strlen(more);
	size_t room = sizeof(text->at) - 1 - text->used;

	if (size > room) {
		size = room;
		text->full = 1;
	}
	memcpy(text->at + text->used, more, size);
	text->used += size;
	text->at[text->used] = '\0';
}

void text_add_digits(struct text *text, unsigned long number, int width)
{
	char digits[32];
	char *start = digits + sizeof(digits) - 1;

	*start = '\0';
	do {
		*--start = (char)('0' + number % 10);
		number /= 10;
		width--;
	} while ((number > 0 || width > 0) && start > digits);
	text_add(text, start);
}

void text_set(struct text *text, const char *first, ...)
{
	va_list rest;
	const char *part;

	text_clear(text);
	va_start(rest, first);
	for (part = first; part != NULL; part = va_arg(rest, const char *))
		text_add(text, part);
	va_end(rest);
}

int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		data += done;
		size -= (size_t)done;
	}
	return 0;
}

/* --- a known state ---------------------------------------------------- */

static void close_above(unsigned int lowest)
{
	unsigned int fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, lowest, ~0U, 0U) == 0)
		return;
#endif
	for (fd = lowest; fd < 1024; fd++)
		close((int)fd);
}

void frame_start(void)
{
	struct sigaction plain;
	sigset_t none;
	int fd;

	/* A closed descriptor would be given to the next file opened.  Input
	 * gets one that cannot be read: nothing at all is not an empty mail. */
	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDWR) != fd)
			_exit(EXIT_LATER);
	close_above(3);
	umask(007);
	memset(&plain, 0, sizeof(plain));
	plain.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &plain, NULL);
	sigaction(SIGALRM, &plain, NULL);
	/* As an error of write() these two can be answered properly. */
	plain.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &plain, NULL);
	sigaction(SIGXFSZ, &plain, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int frame_take_group(void)
{
	gid_t group = getegid();

	if (getgid() == group)
		return 0;
	return setregid(group, group);
}

/* --- who called? ------------------------------------------------------ */

/* Reads /etc/group a character at a time.  The C library's look-up would load
 * shared libraries, which a static program cannot and a set-gid one should not;
 * groups that live elsewhere (LDAP) are configured by number, and configure.py
 * adds these numbers by itself. */
struct group_line {
	int field;
	size_t size;
	char name[LONGEST_GROUP_NAME];
	unsigned long number;
	int digits;
};

static int allowed_name(const char *const *allowed, const char *name)
{
	for (; *allowed != NULL; allowed++)
		if (strcmp(*allowed, name) == 0)
			return 1;
	return 0;
}

static void group_line_add(struct group_line *line, char c)
{
	if (c == ':') {
		line->field++;
	} else if (line->field == 0 && line->size < sizeof(line->name) - 1) {
		line->name[line->size++] = c;
		line->name[line->size] = '\0';
	} else if (line->field == 2 && c >= '0' && c <= '9' && line->digits < 10) {
		line->number = line->number * 10 + (unsigned long)(c - '0');
		line->digits++;
	}
}

/* Look through one block of the file; 1 when an allowed name was found.  The
 * first name of the group, allowed or not, is left in `seen`. */
static int scan_groups(struct group_line *line, const char *block, size_t size,
		       const char *const *allowed, struct text *seen)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (block[i] != '\n') {
			group_line_add(line, block[i]);
			continue;
		}
		if (line->field >= 2 && line->digits > 0 &&
		    line->number == (unsigned long)getgid()) {
			if (allowed_name(allowed, line->name))
				return 1;
			if (seen->used == 0)
				text_add(seen, line->name);
		}
		memset(line, 0, sizeof(*line));
	}
	return 0;
}

/* 1 allowed, 0 not, -1 the file cannot be read (errno). */
static int find_group(const char *const *allowed, struct text *seen)
{
	static char block[4096];
	struct group_line line;
	ssize_t size;
	int found = 0;
	int fd = open("/etc/group", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	memset(&line, 0, sizeof(line));
	while (!found && (size = read(fd, block, sizeof(block) - 1)) != 0) {
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0) {
			found = -1;
			break;
		}
		found = scan_groups(&line, block, (size_t)size, allowed, seen);
	}
	if (found == 0) /* the last line may lack its end */
		found = scan_groups(&line, "\n", 1, allowed, seen);
	close(fd);
	return found;
}

static void explain_group(const char *const *allowed, const char *option,
			  const char *seen, const char *remark, struct text *why)
{
	size_t i;

	text_set(why, "called by the group ", seen, remark, ", but meant for ", NULL);
	for (i = 0; allowed[i] != NULL; i++) {
		text_add(why, i == 0 ? "" : allowed[i + 1] ? ", " : " or ");
		text_add(why, allowed[i]);
	}
	text_add(why, "; let the server use one of these, or build with"
		      " configure.py ");
	text_add(why, option);
	text_add(why, "=");
	text_add(why, seen);
}

int frame_check_group(const char *const *allowed, const char *option,
		      struct text *why)
{
	static struct text number, seen;
	int found;

	text_clear(&number);
	text_add_digits(&number, (unsigned long)getgid(), 1);
	if (allowed_name(allowed, number.at))
		return EXIT_OK;
	text_clear(&seen);
	found = find_group(allowed, &seen);
	if (found > 0)
		return EXIT_OK;
	if (found < 0) {
		text_set(why, "cannot read /etc/group: ", strerror(errno), NULL);
		return EXIT_LATER;
	}
	if (seen.used > 0) {
		explain_group(allowed, option, seen.at, "", why);
		return EXIT_GROUP;
	}
	explain_group(allowed, option, number.at,
		      ", which has no name in /etc/group", why);
	return EXIT_NO_GROUP;
}

/* --- environment ------------------------------------------------------ */

static int may_pass(const char *variable)
{
	const char *equals = strchr(variable, '=');
	size_t size, i;

	if (equals == NULL || strlen(variable) > LONGEST_VARIABLE)
		return 0;
	size = (size_t)(equals - variable);
	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		if (strlen(passed_on[i]) == size &&
		    memcmp(passed_on[i], variable, size) == 0)
			return 1;
	return 0;
}

char **frame_environment(void)
{
	enum { MOST = sizeof(passed_on) / sizeof(passed_on[0]) };
	static char *kept[MOST + 3];
	size_t used = 0;
	char **each;

	kept[used++] = fixed_path;
	kept[used++] = fixed_locale;
	for (each = environ; each && *each && used < MOST + 2; each++)
		if (may_pass(*each))
			kept[used++] = *each;
	kept[used] = NULL;
	return kept;
}
