/* The site's values without its Python: a file of lines `name=value`.
 *
 * Every command of ours rewrites EXEC_PREFIX/mail/mailman.conf when mm_cfg.py
 * changed.  It only says where things are and how large a mail may be, never
 * what to execute.  What it lacks, and all of it when the file is missing or is
 * not ours, was compiled in.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include "values.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

#define CONF_FILE EXEC_PREFIX "/mail/mailman.conf"

static struct values values = {
	.lists = VAR_PREFIX "/lists",
	.queues = {
		[QUEUE_IN] = VAR_PREFIX "/qfiles/in",
		[QUEUE_BOUNCES] = VAR_PREFIX "/qfiles/bounces",
		[QUEUE_COMMANDS] = VAR_PREFIX "/qfiles/commands",
	},
	.data = VAR_PREFIX "/data",
	.locks = VAR_PREFIX "/locks",
	.max_kb = 0,
};

static const struct {
	const char *name;
	const char **value;
} directories[] = {
	{"list_data_dir", &values.lists},
	{"inqueue_dir", &values.queues[QUEUE_IN]},
	{"bouncequeue_dir", &values.queues[QUEUE_BOUNCES]},
	{"cmdqueue_dir", &values.queues[QUEUE_COMMANDS]},
	{"data_dir", &values.data},
	{"lock_dir", &values.locks},
};

/* A plain file of root or of the mailman group that not everybody may write.
 * (Our effective group is the mailman group.) */
static int trusted(int fd)
{
	struct stat about;

	return fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
	       (about.st_mode & S_IWOTH) == 0 &&
	       (about.st_uid == 0 || about.st_gid == getegid());
}

static unsigned long number(const char *digits)
{
	unsigned long result = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++) {
		if (result > 1000000000UL)
			return 0; /* a terabyte: nobody means that as a limit */
		result = result * 10 + (unsigned long)(*digits - '0');
	}
	return result;
}

static void take_line(char *line)
{
	char *value = strchr(line, '=');
	size_t i;

	if (value == NULL)
		return;
	*value++ = '\0';
	if (strcmp(line, "max_incoming_message_size") == 0)
		values.max_kb = number(value);
	if (*value != '/')
		return;
	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (strcmp(line, directories[i].name) == 0)
			*directories[i].value = value;
}

const struct values *values_load(void)
{
	static char content[16384];
	char *line, *end;
	ssize_t size;
	int fd = open(CONF_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return &values;
	size = trusted(fd) ? read(fd, content, sizeof(content) - 1) : 0;
	close(fd);
	if (size <= 0)
		return &values;
	content[size] = '\0';
	/* A line without its end was cut off, by the file's end or our buffer's. */
	for (line = content; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		take_line(line);
	}
	return &values;
}
