/* What C programs ordinarily do to their system; prints "ok" when all of it works. */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sem_t done;

static void *work(void *argument) {
    sem_post(&done);
    return argument;
}

int main(void) {
    pthread_t thread;
    sem_init(&done, 0, 0);
    assert(pthread_create(&thread, NULL, work, NULL) == 0);
    sem_wait(&done);
    assert(pthread_join(thread, NULL) == 0);
    int ends[2];
    assert(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) _exit(write(ends[1], "x", 1) == 1 ? 5 : 1);
    int status;
    assert(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
    struct pollfd waiting = {.fd = ends[0], .events = POLLIN};
    assert(poll(&waiting, 1, 1000) == 1);
    char bytes[16];
    assert(getrandom(bytes, sizeof bytes, 0) == sizeof bytes);
    struct timespec moment = {0, 1000000};
    assert(nanosleep(&moment, NULL) == 0);
    FILE *command = popen("echo hi", "r");
    assert(fgetc(command) == 'h' && pclose(command) == 0);
    struct rlimit limit;
    assert(getrlimit(RLIMIT_NOFILE, &limit) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
    void *large = malloc(64 << 20);
    assert(large != NULL);
    free(large);
    puts("ok");
    return 0;
}
