/* A disk that fails when a test says so: loaded into a process by LD_PRELOAD, it makes reads, writes
 * and flushes of the files whose path contains DISK_FILES fail as the numbers in the file
 * DISK_CONTROL say, and counts what it has let fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* How many calls of each kind shall still fail; a negative number is for as long as it stands. */
struct control {
    int reads, writes, flushes;
    int failed;
};

static struct control *control;
static const char *files;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_CONTROL");
    files = getenv("DISK_FILES");
    if (!path || !files)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED)
        control = mapped;
    close(fd);
}

static int concerns(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return strstr(path, files) != NULL;
}

static int fails(int *left, int fd, int error) {
    if (!control || *left == 0 || !concerns(fd))
        return 0;
    int now = *left;
    while (now > 0 && !__atomic_compare_exchange_n(left, &now, now - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    if (now == 0)
        return 0;
    __sync_fetch_and_add(&control->failed, 1);
    errno = error;
    return 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) \
        real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name);
#define READS(fd) \
    if (control && fails(&control->reads, fd, EIO)) \
        return -1;
#define WRITES(fd) \
    if (control && fails(&control->writes, fd, EIO)) \
        return -1;
#define FLUSHES(fd) \
    if (control && fails(&control->flushes, fd, EIO)) \
        return -1;

ssize_t read(int fd, void *data, size_t size) { REAL(ssize_t, read, int, void *, size_t) READS(fd) return real(fd, data, size); }
ssize_t pread(int fd, void *data, size_t size, off_t at) { REAL(ssize_t, pread, int, void *, size_t, off_t) READS(fd) return real(fd, data, size, at); }
ssize_t pread64(int fd, void *data, size_t size, off64_t at) { REAL(ssize_t, pread64, int, void *, size_t, off64_t) READS(fd) return real(fd, data, size, at); }
ssize_t write(int fd, const void *data, size_t size) { REAL(ssize_t, write, int, const void *, size_t) WRITES(fd) return real(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { REAL(ssize_t, pwrite, int, const void *, size_t, off_t) WRITES(fd) return real(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t) WRITES(fd) return real(fd, data, size, at); }
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t at) { REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t) WRITES(fd) return real(fd, data, count, at); }
int fsync(int fd) { REAL(int, fsync, int) FLUSHES(fd) return real(fd); }
int fdatasync(int fd) { REAL(int, fdatasync, int) FLUSHES(fd) return real(fd); }
