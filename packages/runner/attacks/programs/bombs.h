/* What attack.c takes too much of: each returns -1 when it was refused, with the reason in errno. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1 << 20)

static long take_memory(long amount) {
    for (long taken = 0; taken < amount; taken += MIB) {
        char *block = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return -1;
        memset(block, 'x', MIB);
    }
    sleep(2);
    return amount;
}

static long fill(int fd, long amount) {
    static char block[MIB];
    if (fd < 0) return -1;
    while (amount > 0) {
        ssize_t size = write(fd, block, sizeof block);
        if (size < 0) return -1;
        amount -= size;
    }
    return 0;
}

static long take_memfd(long amount) {
    for (long taken = 0; taken < amount; taken += 64 * MIB)
        if (fill(memfd_create("attack", 0), 64 * MIB) < 0) return -1;
    return amount;
}

static long fill_file(const char *path, long amount) {
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) return -1;
    long result = fill(fd, amount);
    int why = errno;
    close(fd);
    unlink(path);
    errno = why;
    return result;
}

static long inodes(const char *folder, long count) {
    char path[300];
    for (long at = 0; at < count; at++) {
        snprintf(path, sizeof path, "%s/attack%ld", folder, at);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        if (fd < 0) return -1;
        close(fd);
    }
    return count;
}

static long forks(long count) {
    static pid_t children[5000];
    long made = 0, result = count;
    for (; made < count; made++) {
        pid_t child = fork();
        if (child == 0) sleep(60), _exit(0);
        if (child < 0) {
            result = -1;
            break;
        }
        children[made] = child;
    }
    int why = errno;
    for (long at = 0; at < made; at++) kill(children[at], SIGKILL);
    for (long at = 0; at < made; at++) waitpid(children[at], NULL, 0);
    errno = why;
    return result;
}

static void *rest(void *unused) {
    sleep(60);
    return unused;
}

static long threads(long count) {
    static pthread_t made[5000];
    long number = 0, result = count;
    for (; number < count; number++)
        if ((errno = pthread_create(&made[number], NULL, rest, NULL)) != 0) {
            result = -1;
            break;
        }
    int why = errno;
    for (long at = 0; at < number; at++) pthread_cancel(made[at]);
    for (long at = 0; at < number; at++) pthread_join(made[at], NULL);
    errno = why;
    return result;
}

static long descriptors(long count) {
    static int held[100000];
    long number = 0, result = count;
    for (; number < count; number++)
        if ((held[number] = open("/dev/null", O_RDONLY)) < 0) {
            result = -1;
            break;
        }
    int why = errno;
    for (long at = 0; at < number; at++) close(held[at]);
    errno = why;
    return result;
}

static long output(int fd, long amount) {
    static char block[65536];
    memset(block, 'x', sizeof block);
    for (; amount > 0; amount -= (long)sizeof block)
        if (write(fd, block, sizeof block) < 0) return -1;
    return 0;
}

static long spin(long duration_ms) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < duration_ms);
    return 0;
}
