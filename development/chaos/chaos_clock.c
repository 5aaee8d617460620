/* SPDX-License-Identifier: Apache-2.0
 *
 * A wall clock that is wrong by as many seconds as a file says, for the fault campaign; preloaded.
 *
 * The file holds one little-endian 64-bit integer and is mapped for reading at the start, so that
 * the campaign can set the clock of a process that may open nothing any more. The monotonic clock
 * and every sleep stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real_gettime)(clockid_t, struct timespec *);
static const volatile int64_t *shift_s;

static void begin(void)
{
    const char *path = getenv("CHAOS_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        void *map = mmap(NULL, sizeof *shift_s, PROT_READ, MAP_SHARED, file, 0);
        if (map != MAP_FAILED)
            shift_s = map;
        close(file);
    }
}

__attribute__((constructor)) static void load(void)
{
    if (!real_gettime)
        begin();
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    load();
    int code = real_gettime(id, now);
    if (code == 0 && shift_s && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        now->tv_sec += *shift_s;
    return code;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
        return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
        return -1;
    if (out)
        *out = exact.tv_sec;
    return exact.tv_sec;
}
