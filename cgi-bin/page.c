/* cgi-bin/PAGE: what a web server starts for one page of Mailman.
 *
 * Installed once per page name, with the name compiled in (-DPAGE): what the
 * caller says its name is counts for nothing.  Checks who calls, rebuilds the
 * environment, and hands the request to the resident worker (worker.c).  Where none
 * takes it, becomes `python -I -S PREFIX/scripts/driver PAGE`.
 *
 * Exit codes: 2 and 8 wrong group or one without a name, 4 the interpreter
 * cannot be started, 75 the worker ended in the middle of the request; each with a
 * page that says so.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "frame.h"
#include "values.h"
#include "worker.h"

#ifndef PAGE
#error "PAGE, the name of the page, must be defined"
#endif

static const char *const groups[] = {CGI_GROUPS, NULL};

static void add_escaped(struct text *page, const char *words)
{
	char c[2] = "";

	for (; *words != '\0'; words++) {
		c[0] = *words;
		text_add(page, c[0] == '<'   ? "&lt;"
			       : c[0] == '>' ? "&gt;"
			       : c[0] == '&' ? "&amp;"
			       : c[0] == '"' ? "&quot;"
					     : c);
	}
}

/* `begin` is escaped text and `reason` becomes it. */
static int refuse(int code, const char *title, const char *begin, const char *reason)
{
	static struct text page;

	text_set(&page,
		 "Status: 500 Internal Server Error\r\n"
		 "Content-Type: text/html; charset=utf-8\r\n"
		 "Cache-Control: no-store\r\n"
		 "X-Content-Type-Options: nosniff\r\n\r\n"
		 "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		 "<meta charset=\"utf-8\"><title>",
		 title, "</title></head><body>\n<h1>", title, "</h1>\n<p>", begin, NULL);
	add_escaped(&page, reason);
	text_add(&page, ".</p>\n</body></html>\n");
	(void)write_all(STDOUT_FILENO, page.at, page.used);
	return code;
}

static int not_set_up(int code, const char *reason)
{
	return refuse(code, "Mailman is not set up yet",
		      "For the administrator of this server: this program was ", reason);
}

static int unanswered(void)
{
	return refuse(EXIT_LATER, "No answer",
		      "The page took too long, or failed, and perhaps it did what it was "
		      "asked to: ",
		      "go back, and look before you send it again");
}

int main(void)
{
	static char python[] = PYTHON, isolated[] = "-I", no_site[] = "-S",
		    driver[] = PREFIX "/scripts/driver", page[] = PAGE;
	char *words[] = {python, isolated, no_site, driver, page, NULL};
	static struct text why;
	char **environment;
	int result;

	frame_start();
	result = frame_check_group(groups, "--with-cgi-gid", &why);
	if (result != EXIT_OK)
		return not_set_up(result, why.at);
	if (frame_take_group() < 0)
		return not_set_up(EXIT_EXEC, "not able to become the mailman group");
	environment = frame_environment();
	switch (worker_ask(values_load()->locks, page, environment)) {
	case ANSWERED:
		return EXIT_OK;
	case UNANSWERED:
		return unanswered();
	case NOT_HANDED:
		break;
	}
	execve(python, words, environment);
	text_set(&why, "not able to start " PYTHON ": ", strerror(errno), NULL);
	return not_set_up(EXIT_EXEC, why.at);
}
