/* mail/mailman COMMAND LIST: what a mail server's pipe calls for each mail.
 *
 * Checks who calls, stores the mail from standard input in a queue of Mailman,
 * wakes the runner of that queue, ends.  Python is not needed for it, so mail is
 * accepted while Python is being upgraded.  Where no runners were ever started
 * (or their master died), it then runs the queues itself, for a minute at most.
 *
 * Exit codes, for the mail server:
 *
 *	 0  stored: file and directory are synced.  This is a promise.
 *	 2  the calling group is not one of those given to configure.py
 *	 5  no command, or no list, was given
 *	 6  unknown command
 *	 8  the calling group has no name
 *	67  no such list, or a name that no list can have
 *	69  larger than the site takes
 *	75  could not be stored, nothing is left behind: try again later
 *
 * What it has to say is one line on standard error.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "frame.h"
#include "runners.h"
#include "store.h"
#include "values.h"

static const char *const groups[] = {MAIL_GROUPS, NULL};

static const char *const queue_names[QUEUES] = {
	[QUEUE_IN] = "in",
	[QUEUE_BOUNCES] = "bounces",
	[QUEUE_COMMANDS] = "commands",
};

/* The ten words of 2.1, the queue of each, and what its runner must know. */
static const struct command {
	const char *word;
	enum queue queue;
	const char *metadata;
} commands[] = {
	{"admin", QUEUE_BOUNCES, ""},
	{"bounces", QUEUE_BOUNCES, ""},
	{"confirm", QUEUE_COMMANDS, ", \"toconfirm\": 1"},
	{"join", QUEUE_COMMANDS, ", \"tojoin\": 1"},
	{"leave", QUEUE_COMMANDS, ", \"toleave\": 1"},
	{"owner", QUEUE_IN, ", \"toowner\": 1, \"pipeline\": \"OWNER_PIPELINE\""},
	{"post", QUEUE_IN, ", \"tolist\": 1"},
	{"request", QUEUE_COMMANDS, ", \"torequest\": 1"},
	{"subscribe", QUEUE_COMMANDS, ", \"tojoin\": 1"},
	{"unsubscribe", QUEUE_COMMANDS, ", \"toleave\": 1"},
};

static int refuse(int code, const char *reason)
{
	static struct text line;

	text_set(&line, "mailman: ", reason, NULL);
	/* Whatever it quotes, it stays one line. */
	for (char *c = line.at; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	text_add(&line, "\n");
	(void)!write(STDERR_FILENO, line.at, line.used);
	return code;
}

static const struct command *find_command(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].word, word) == 0)
			return &commands[i];
	return NULL;
}

/* Copy the name in lower case, as lists are stored; -1 for one that is no plain
 * name.  All that a bare local part may hold (RFC 5322 atext and dots) passes,
 * but no slash and no dot in front, so that it can only name a directory inside
 * LIST_DATA_DIR, and needs no quotes in JSON. */
static int plain_name(const char *given, struct text *name)
{
	static const char others[] = "!#$%&'*+-=?^_`{|}~.";
	char c[2] = "";

	text_clear(name);
	if (*given == '\0' || *given == '.' || strlen(given) > 255)
		return -1;
	for (; *given != '\0'; given++) {
		c[0] = *given;
		if (c[0] >= 'A' && c[0] <= 'Z')
			c[0] = (char)(c[0] - 'A' + 'a');
		else if (!(c[0] >= 'a' && c[0] <= 'z') &&
			 !(c[0] >= '0' && c[0] <= '9') &&
			 strchr(others, c[0]) == NULL)
			return -1;
		text_add(name, c);
	}
	return 0;
}

/* EXIT_OK, EXIT_NO_LIST, or EXIT_LATER where nobody can tell just now. */
static int find_list(const char *lists, const char *name)
{
	static const char *const files[] = {
		"/config.pck", "/config.pck.last", "/config.db", "/config.db.last"};
	static struct text path;
	struct stat about;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		text_set(&path, lists, "/", name, files[i], NULL);
		if (!path.full && stat(path.at, &about) == 0)
			return EXIT_OK;
		if (path.full || (errno != ENOENT && errno != ENOTDIR))
			return EXIT_LATER;
	}
	/* Perhaps all of them are missing: a disk that is not mounted. */
	return stat(lists, &about) == 0 ? EXIT_NO_LIST : EXIT_LATER;
}

static int check_list(const struct values *values, const char *given,
		      struct text *name, struct text *why)
{
	int result;

	if (plain_name(given, name) < 0) {
		text_set(why, "no list can have the name that was given", NULL);
		return EXIT_NO_LIST;
	}
	result = find_list(values->lists, name->at);
	if (result == EXIT_NO_LIST)
		text_set(why, "there is no list ", name->at, NULL);
	else if (result == EXIT_LATER)
		text_set(why, "cannot look for the list ", name->at, ": ",
			 strerror(errno), NULL);
	return result;
}

int main(int argc, char **argv)
{
	static struct text name, why;
	const struct command *command;
	const struct values *values;
	int result;

	frame_start();
	if (argc < 2)
		return refuse(EXIT_USAGE, "usage: mailman COMMAND LIST < MAIL");
	command = find_command(argv[1]);
	if (command == NULL)
		return refuse(EXIT_WORD, "unknown command; known are admin bounces"
			      " confirm join leave owner post request subscribe"
			      " unsubscribe");
	result = frame_check_group(groups, "--with-mail-gid", &why);
	if (result != EXIT_OK)
		return refuse(result, why.at);
	if (argc < 3)
		return refuse(EXIT_USAGE, "usage: mailman COMMAND LIST < MAIL");
	if (frame_take_group() < 0)
		return refuse(EXIT_LATER, "cannot become the mailman group");
	values = values_load();
	result = check_list(values, argv[2], &name, &why);
	if (result == EXIT_OK)
		result = store_mail(values->queues[command->queue], name.at,
				    command->metadata, values->max_kb, &why);
	if (result != EXIT_OK)
		return refuse(result, why.at);
	runners_wake(values, queue_names[command->queue]);
	runners_stand_in(values);
	return EXIT_OK;
}
