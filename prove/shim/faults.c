/*
 * Makes the disk fail below one directory, for the campaign `storage`: preloaded into a gateway, it answers calls that
 * write, sync, open or make files there as a small control file says, which the campaign changes while the gateway runs.
 *
 * FAULTS_BELOW is the directory, FAULTS_CONTROL a file of six 64-bit integers, mapped by both sides: which calls fail (a
 * mask, 0: none), with which errno, from the how-manieth such call on, how many there have been since, how many were made
 * to fail, and whether the first write to fail is cut in half instead. A call that fails does nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, OPENS = 4, MAKES = 8 };

struct control {
  int64_t which, error, from, seen, injected, cut;
};

static struct control *control;
static char below[PATH_MAX];
static size_t below_length;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void begin(void) {
  const char *dir = getenv("FAULTS_BELOW");
  const char *path = getenv("FAULTS_CONTROL");
  if (dir == NULL || path == NULL || strlen(dir) >= sizeof below) return;
  int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) return;
  strcpy(below, dir);
  below_length = strlen(below);
  control = mapped;
}

static int64_t load(int64_t *field) {
  return __atomic_load_n(field, __ATOMIC_SEQ_CST);
}

static int is_below(const char *path) {
  return strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || path[below_length] == '\0');
}

/* Descriptors are told by what they are open on now: their numbers are used again. */
static int is_open_below(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return is_below(path);
}

/* The errno to fail with; 0: go on; -1: cut in half. */
static int fault(int kind) {
  if ((load(&control->which) & kind) == 0) return 0;
  int64_t number = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
  if (number < load(&control->from)) return 0;
  __atomic_add_fetch(&control->injected, 1, __ATOMIC_SEQ_CST);
  if (kind == WRITES && load(&control->cut) != 0 && number == load(&control->from)) return -1;
  return (int)load(&control->error);
}

static int fault_of_fd(int kind, int fd) {
  if (control == NULL || (load(&control->which) & kind) == 0 || !is_open_below(fd)) return 0;
  return fault(kind);
}

static int fault_of_path(int kind, int at, const char *path) {
  if (control == NULL || (load(&control->which) & kind) == 0 || path == NULL) return 0;
  if (path[0] == '/' ? !is_below(path) : at == AT_FDCWD || !is_open_below(at)) return 0;
  return fault(kind);
}

static int fault_of_open(int at, const char *path, int flags) {
  int error = fault_of_path(OPENS, at, path);
  if (error != 0 || (flags & O_CREAT) == 0 || path == NULL || access(path, F_OK) == 0) return error;
  return fault_of_path(MAKES, at, path);
}

#define FAIL_IF(expression)     \
  do {                          \
    int error = (expression);   \
    if (error > 0) {            \
      errno = error;            \
      return -1;                \
    }                           \
  } while (0)

#define HALF_IF_CUT(expression, length)          \
  do {                                           \
    int error = (expression);                    \
    if (error > 0) {                             \
      errno = error;                             \
      return -1;                                 \
    }                                            \
    if (error < 0 && (length) > 1) (length) /= 2; \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
  HALF_IF_CUT(fault_of_fd(WRITES, fd), length);
  return REAL(write)(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  HALF_IF_CUT(fault_of_fd(WRITES, fd), length);
  return REAL(pwrite)(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  HALF_IF_CUT(fault_of_fd(WRITES, fd), length);
  return REAL(pwrite64)(fd, bytes, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  FAIL_IF(fault_of_fd(WRITES, fd));
  return REAL(writev)(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  FAIL_IF(fault_of_fd(WRITES, fd));
  return REAL(pwritev)(fd, parts, count, at);
}

int ftruncate(int fd, off_t length) {
  FAIL_IF(fault_of_fd(WRITES, fd));
  return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  FAIL_IF(fault_of_fd(WRITES, fd));
  return REAL(ftruncate64)(fd, length);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
  FAIL_IF(fault_of_fd(WRITES, fd));
  return REAL(fallocate)(fd, mode, at, length);
}

int fsync(int fd) {
  FAIL_IF(fault_of_fd(SYNCS, fd));
  return REAL(fsync)(fd);
}

int fdatasync(int fd) {
  FAIL_IF(fault_of_fd(SYNCS, fd));
  return REAL(fdatasync)(fd);
}

int mkdir(const char *path, mode_t mode) {
  if (access(path, F_OK) != 0) FAIL_IF(fault_of_path(MAKES, AT_FDCWD, path));
  return REAL(mkdir)(path, mode);
}

static mode_t mode_of(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) == 0 ? 0 : (mode_t)va_arg(more, unsigned);
}

#define OPEN(name)                                     \
  int name(const char *path, int flags, ...) {         \
    va_list more;                                      \
    va_start(more, flags);                             \
    mode_t mode = mode_of(flags, more);                \
    va_end(more);                                      \
    FAIL_IF(fault_of_open(AT_FDCWD, path, flags));     \
    return REAL(name)(path, flags, mode);              \
  }

#define OPEN_AT(name)                                  \
  int name(int at, const char *path, int flags, ...) { \
    va_list more;                                      \
    va_start(more, flags);                             \
    mode_t mode = mode_of(flags, more);                \
    va_end(more);                                      \
    FAIL_IF(fault_of_open(at, path, flags));           \
    return REAL(name)(at, path, flags, mode);          \
  }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

int creat(const char *path, mode_t mode) {
  FAIL_IF(fault_of_open(AT_FDCWD, path, O_CREAT));
  return REAL(creat)(path, mode);
}
