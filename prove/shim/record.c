/*
 * Preloaded into a gateway, this records what the gateway does to the files of its database, in the order in which it
 * does it. A record is appended to a log with one write once the call has returned, so another process may append
 * lines of its own between two records. Its form, in the byte order of the machine:
 *
 *   1 byte 0x01 | kind | length of name | 0 | 4 bytes length of data | 8 bytes number | name | data
 *
 *   o  opened for making it when missing; number 1: and emptied
 *   w  data was written at offset <number>
 *   t  was cut or grown to <number> bytes
 *   s  was synced; an empty name: the directory was
 *   x  was removed
 *   r  was renamed to data
 *
 * RECORD_LOG names the log, RECORD_DIRECTORY the directory, RECORD_NAME what the names of the recorded files begin with;
 * a name ending in -shm is left out: it is mapped memory, and made anew after a cut. SIGUSR2 ends the process between
 * two records as abruptly as SIGKILL would; SIGKILL itself could come between a call and its record.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define MOST_NAME 64

struct head {
  uint8_t mark, kind, name_length, zero;
  uint32_t data_length;
  uint64_t number;
};

/* What an open descriptor stands for; tracked, with an empty name, is the directory. */
static struct {
  _Atomic int tracked;
  char name[MOST_NAME];
} files[MOST_FILES];
static const char *directory, *prefix;
static size_t directory_length, prefix_length;
static int log_file = -1;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void end_between_records(int signal) {
  (void)signal;
  while (atomic_flag_test_and_set(&busy)) {
  }
  syscall(SYS_exit_group, 137);
}

__attribute__((constructor)) static void start(void) {
  const char *log = getenv("RECORD_LOG");
  directory = getenv("RECORD_DIRECTORY");
  prefix = getenv("RECORD_NAME");
  if (log == NULL || directory == NULL || prefix == NULL) return;
  directory_length = strlen(directory);
  prefix_length = strlen(prefix);
  log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_file < 0) abort();
}

/* The recorded name of a path; null when it is none of ours. */
static const char *name_of(const char *path) {
  if (log_file < 0 || path == NULL || strncmp(path, directory, directory_length) != 0) return NULL;
  if (path[directory_length] == '\0') return path + directory_length;
  if (path[directory_length] != '/') return NULL;
  const char *name = path + directory_length + 1;
  size_t length = strlen(name);
  if (strncmp(name, prefix, prefix_length) != 0 || strchr(name, '/') != NULL) return NULL;
  if (length >= 4 && strcmp(name + length - 4, "-shm") == 0) return NULL;
  if (length >= MOST_NAME) abort();
  return name;
}

static const char *name_of_file(int file) {
  return file >= 0 && file < MOST_FILES && files[file].tracked ? files[file].name : NULL;
}

/* One call and its record at a time, and no end between the two. */
static void enter(sigset_t *before) {
  static _Atomic int handled;
  sigset_t mine;
  /* Not in the constructor: Node resets the signals when it starts. */
  if (!atomic_exchange(&handled, 1)) signal(SIGUSR2, end_between_records);
  sigemptyset(&mine);
  sigaddset(&mine, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &mine, before);
  while (atomic_flag_test_and_set(&busy)) {
  }
}

static void leave(const sigset_t *before) {
  int error = errno;
  atomic_flag_clear(&busy);
  pthread_sigmask(SIG_SETMASK, before, NULL);
  errno = error;
}

static void record(char kind, const char *name, uint64_t number, const void *data, size_t length) {
  int error = errno;
  struct head head = {1, (uint8_t)kind, (uint8_t)strlen(name), 0, (uint32_t)length, number};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)name, head.name_length}, {(void *)data, length}};
  ssize_t whole = (ssize_t)(sizeof head + head.name_length + length);
  /* A recording with a hole in it would accuse the innocent. */
  if (syscall(SYS_writev, log_file, parts, 3) != whole) abort();
  errno = error;
}

static int open_any(const char *path, int flags, mode_t mode) {
  const char *name = name_of(path);
  if (name == NULL) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  sigset_t before;
  enter(&before);
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file >= MOST_FILES) abort();
  if (file >= 0) {
    strcpy(files[file].name, name);
    files[file].tracked = 1;
    if (flags & (O_CREAT | O_TRUNC)) record('o', name, (flags & O_TRUNC) != 0, NULL, 0);
  }
  leave(&before);
  return file;
}

static mode_t mode_in(int flags, va_list more) {
  return flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_in(flags, more);
  va_end(more);
  return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_in(flags, more);
  va_end(more);
  return open_any(path, flags | O_LARGEFILE, mode);
}

int close(int file) {
  if (name_of_file(file) != NULL) files[file].tracked = 0;
  return (int)syscall(SYS_close, file);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
  const char *name = name_of_file(file);
  if (name == NULL) return syscall(SYS_pwrite64, file, data, length, offset);
  sigset_t before;
  enter(&before);
  ssize_t written = syscall(SYS_pwrite64, file, data, length, offset);
  if (written > 0) record('w', name, (uint64_t)offset, data, (size_t)written);
  leave(&before);
  return written;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) { return pwrite64(file, data, length, offset); }

ssize_t write(int file, const void *data, size_t length) {
  const char *name = name_of_file(file);
  if (name == NULL) return syscall(SYS_write, file, data, length);
  sigset_t before;
  enter(&before);
  ssize_t written = syscall(SYS_write, file, data, length);
  if (written > 0) record('w', name, (uint64_t)(lseek(file, 0, SEEK_CUR) - written), data, (size_t)written);
  leave(&before);
  return written;
}

int ftruncate64(int file, off64_t size) {
  const char *name = name_of_file(file);
  if (name == NULL) return (int)syscall(SYS_ftruncate, file, size);
  sigset_t before;
  enter(&before);
  int result = (int)syscall(SYS_ftruncate, file, size);
  if (result == 0) record('t', name, (uint64_t)size, NULL, 0);
  leave(&before);
  return result;
}

int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

static int sync_by(long call, int file) {
  const char *name = name_of_file(file);
  if (name == NULL) return (int)syscall(call, file);
  sigset_t before;
  enter(&before);
  int result = (int)syscall(call, file);
  if (result == 0) record('s', name, 0, NULL, 0);
  leave(&before);
  return result;
}

int fsync(int file) { return sync_by(SYS_fsync, file); }

int fdatasync(int file) { return sync_by(SYS_fdatasync, file); }

int unlink(const char *path) {
  const char *name = name_of(path);
  if (name == NULL || *name == '\0') return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  sigset_t before;
  enter(&before);
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (result == 0) record('x', name, 0, NULL, 0);
  leave(&before);
  return result;
}

int rename(const char *from, const char *to) {
  const char *name = name_of(from);
  const char *next = name_of(to);
  if (name == NULL || next == NULL || *name == '\0') {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  }
  sigset_t before;
  enter(&before);
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (result == 0) record('r', name, 0, next, strlen(next));
  leave(&before);
  return result;
}
