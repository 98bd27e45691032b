/* Wake the runners; where there are none, do their work once.
 *
 * A sleeping runner reads a FIFO LOCK_DIR/wake/QUEUE.N, N counting its slices
 * from 0.  The master holds an exclusive flock on LOCK_DIR/master-qrunner, and
 * `mailmanctl stop` leaves DATA_DIR/stopped.  With neither, mail would wait
 * for ever: then bin/qrunner runs all queues once.  It holds
 * LOCK_DIR/qrunner-once while it does, and looks into the queues again after
 * letting go, so to skip it when that is held leaves no mail behind.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include "runners.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "frame.h"

#ifndef LONGEST_RUN
#define LONGEST_RUN 60 /* seconds; tests have less patience */
#endif

enum { GRACE = 5, MOST_SLICES = 256 };

static volatile pid_t child;
static volatile sig_atomic_t asked;

void runners_wake(const struct values *values, const char *queue)
{
	static struct text path;
	struct stat about;
	unsigned long slice;
	int fd;

	for (slice = 0; slice < MOST_SLICES; slice++) {
		text_set(&path, values->locks, "/wake/", queue, ".", NULL);
		text_add_digits(&path, slice, 1);
		fd = open(path.at, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			return;
		if (fd < 0)
			continue; /* ENXIO: nobody listens to this slice just now */
		if (fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode))
			(void)!write(fd, "", 1);
		close(fd);
	}
}

/* Tell whether a living process holds the lock of this name. */
static int held(const struct values *values, const char *name)
{
	static struct text path;
	int fd, busy;

	text_set(&path, values->locks, "/", name, NULL);
	fd = open(path.at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	busy = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return busy;
}

/* The minute is over, or the mail server lost its patience. */
static void end_child(int signal_number)
{
	(void)signal_number;
	kill(-child, asked ? SIGKILL : SIGTERM);
	asked = 1;
	alarm(GRACE);
}

static void run_queues(void)
{
	static char python[] = PYTHON, isolated[] = "-I", no_site[] = "-S",
		    qrunner[] = PREFIX "/bin/qrunner", once[] = "-o",
		    which[] = "-r", all[] = "All";
	char *words[] = {python, isolated, no_site, qrunner, once, which, all, NULL};
	int null = open("/dev/null", O_RDWR);
	int fd;

	setpgid(0, 0);
	if (null < 0 || chdir("/") < 0)
		_exit(EXIT_LATER);
	for (fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	/* An alarm outlives exec: should we be killed, it ends there too. */
	alarm(LONGEST_RUN + 2 * GRACE);
	execve(python, words, frame_environment());
	_exit(EXIT_LATER);
}

/* From here on a signal ends the run of the queues. */
static void catch_signals(void)
{
	static const int each[] = {SIGHUP, SIGINT, SIGTERM, SIGALRM, SIGXCPU};
	struct sigaction action;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = end_child;
	for (i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		sigaction(each[i], &action, NULL);
}

void runners_stand_in(const struct values *values)
{
	static struct text stopped;
	sigset_t ours, before;
	int status;

	text_set(&stopped, values->data, "/stopped", NULL);
	if (held(values, "master-qrunner") || access(stopped.at, F_OK) == 0 ||
	    held(values, "qrunner-once"))
		return;
	sigfillset(&ours);
	sigprocmask(SIG_BLOCK, &ours, &before);
	child = fork();
	if (child == 0) {
		struct sigaction plain = {.sa_handler = SIG_DFL};

		sigaction(SIGPIPE, &plain, NULL);
		sigaction(SIGXFSZ, &plain, NULL);
		/* Those that store.c catches go back to default with exec. */
		sigprocmask(SIG_SETMASK, &before, NULL);
		run_queues();
	}
	if (child > 0) {
		setpgid(child, child); /* both do it: no race */
		catch_signals();
		alarm(LONGEST_RUN);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
}
