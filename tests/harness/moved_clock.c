// Preloaded into a program: its wall clock is off by as many seconds as the file $MOVED_CLOCK says (a 64-bit number in
// the machine's order, read at each call). The steady clock stays as it is.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* offset;

__attribute__((constructor)) static void open_offset(void) {
    const int file = open(getenv("MOVED_CLOCK"), O_RDONLY);
    void* mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || mapped == MAP_FAILED) abort();
    offset = mapped;
}

int clock_gettime(clockid_t clock, struct timespec* into) {
    const long outcome = syscall(SYS_clock_gettime, clock, into);
    if (outcome == 0 && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) into->tv_sec += *offset;
    return (int)outcome;
}

int gettimeofday(struct timeval* into, void* zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    into->tv_sec = now.tv_sec;
    into->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
