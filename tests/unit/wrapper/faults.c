/* Linked between our objects and the C library (ld --wrap) by the crash tests: the
 * FAULT_AT-th file operation kills the program, or fails with FAULT_ERRNO.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int fails(void)
{
	static int count;
	const char *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO");

	if (at == NULL || ++count != atoi(at))
		return 0;
	if (error == NULL)
		raise(SIGKILL);
	errno = atoi(error);
	return 1;
}

#define WRAP(type, name, parameters, arguments)            \
	type __real_##name parameters;                     \
	type __wrap_##name parameters;                     \
	type __wrap_##name parameters                      \
	{                                                  \
		return fails() ? -1 : __real_##name arguments; \
	}

WRAP(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size))
WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, stat, (const char *path, struct stat *about), (path, about))
WRAP(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(int, openat, (int fd, const char *path, int flags, mode_t mode),
     (fd, path, flags, mode))
