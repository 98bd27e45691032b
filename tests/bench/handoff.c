/* The least a mail program can do: standard input into a file, durably.
 *
 *     handoff DIRECTORY
 *
 * Writes a temporary name, fsyncs, renames, fsyncs the directory: the bare work that
 * mail/mailman is measured against.
 *
 * License: GPL-3.0-or-later.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buffer[1 << 16];
	char name[32];
	ssize_t n;
	int folder, fd;

	if (argc != 2)
		return 2;
	folder = open(argv[1], O_RDONLY | O_DIRECTORY);
	fd = openat(folder, ".tmp", O_WRONLY | O_CREAT | O_EXCL, 0660);
	if (folder < 0 || fd < 0)
		return 75;
	while ((n = read(0, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, (size_t)n) != n)
			return 75;
	snprintf(name, sizeof(name), "%ld.msg", (long)getpid());
	if (n < 0 || fsync(fd) || close(fd) || renameat(folder, ".tmp", folder, name) ||
	    fsync(folder))
		return 75;
	return 0;
}
