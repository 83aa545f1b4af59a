/* The operations of attack.py as a compiled program: `program` serves calls, `program FILE` runs a build's attacks. */
#define _GNU_SOURCE
#include "frames.h"
#include "bombs.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define MOST_ARGUMENTS 10

static char got[20000]; /* what the running step found out */
static char kept[400];
static long last;
static const char *PLACES[] = {"/tmp/remembered", "/dev/shm/remembered", "/home/algo/remembered", "/var/tmp/remembered", "/run/remembered"};

static long run_step(int count, char **words);

static void say(const char *text, size_t size) {
    size_t used = strlen(got);
    for (size_t at = 0; at < size && used < sizeof got - 1; at++) got[used++] = (unsigned char)text[at] < 32 ? ' ' : text[at];
    got[used] = 0;
}

static long say_file(const char *path) {
    char block[400];
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    ssize_t size = read(fd, block, sizeof block);
    close(fd);
    if (size > 0) say(block, (size_t)size);
    return size;
}

static void say_link(const char *path) {
    char target[400];
    ssize_t size = readlink(path, target, sizeof target);
    if (size > 0) say(target, (size_t)size);
    say(" ", 1);
}

static long say_folder(const char *path, int with_links) {
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        char full[600];
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        say(entry->d_name, strlen(entry->d_name));
        if (with_links) say("=", 1), say_link(full);
        else say(" ", 1);
    }
    closedir(folder);
    return 0;
}

static long processes(void) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (!isdigit(entry->d_name[0])) continue;
        const char *files[] = {"cmdline", "environ"}, *links[] = {"exe", "cwd", "root"};
        char path[300];
        for (int at = 0; at < 2; at++) snprintf(path, sizeof path, "/proc/%s/%s", entry->d_name, files[at]), say_file(path);
        for (int at = 0; at < 3; at++) snprintf(path, sizeof path, "/proc/%s/%s", entry->d_name, links[at]), say_link(path);
        snprintf(path, sizeof path, "/proc/%s/fd", entry->d_name);
        say_folder(path, 1);
    }
    closedir(folder);
    return 0;
}

static int digit(char of) {
    return isdigit(of) ? of - '0' : of - 'a' + 10;
}

static unsigned char *from_hex(const char *text) {
    size_t size = strlen(text) / 2;
    unsigned char *bytes = calloc(1, size + 1);
    for (size_t at = 0; at < size; at++) bytes[at] = (unsigned char)(digit(text[2 * at]) * 16 + digit(text[2 * at + 1]));
    return bytes;
}

static long argument(const char *text) {
    if (strcmp(text, "$") == 0) return last;
    if (strncmp(text, "s:", 2) == 0) return (long)strdup(text + 2);
    if (strncmp(text, "z:", 2) == 0) return (long)calloc(1, (size_t)atol(text + 2));
    if (strncmp(text, "x:", 2) != 0) return atol(text);
    return (long)from_hex(text + 2);
}

static long system_call(int count, char **words) {
    long values[7] = {0};
    for (int at = 0; at < count && at < 7; at++) values[at] = argument(words[at]);
    long result = syscall(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
    if (result != -1) last = result;
    return result;
}

static long talk(int fd, const char *text) {
    char block[400];
    struct timeval timeout = {2, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (write(fd, text, strlen(text)) < 0) return -1;
    shutdown(fd, SHUT_WR);
    for (ssize_t size; (size = read(fd, block, sizeof block)) > 0;) say(block, (size_t)size);
    return 0;
}

static long tcp(const char *host, const char *port, const char *text) {
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    if (getaddrinfo(host, port, &hints, &found) != 0) return errno = EHOSTUNREACH, -1;
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    struct timeval timeout = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    long result = connect(fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (result == 0) result = talk(fd, text);
    close(fd);
    return result;
}

static long unix_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    memcpy(address.sun_path, path, size);
    if (path[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    long result = connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (path[0] != '@')));
    close(fd);
    return result;
}

static long frame(const char *hex, long count) {
    size_t size = strlen(hex) / 2;
    unsigned char *bytes = from_hex(hex);
    while (count-- > 0)
        for (size_t at = 0; at < size;) {
            ssize_t sent = write(3, bytes + at, size - at);
            if (sent < 0) return -1;
            at += (size_t)sent;
        }
    return 0;
}

static long shell(const char *command) {
    char block[400];
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) return -1;
    for (size_t size; (size = fread(block, 1, sizeof block, pipe)) > 0;) say(block, size);
    return pclose(pipe) == 0 ? 0 : (errno = EPERM, -1);
}

static long detach(const char *command) {
    char full[2000];
    snprintf(full, sizeof full, "trap '' TERM HUP INT; %s", command);
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        if (fork() != 0) _exit(0);
        setsid();
        for (int fd = 0; fd < 64; fd++) close(fd);
        execl("/bin/sh", "sh", "-c", full, NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
    return 0;
}

static void answer_step(int count, char **words, FILE *answer) {
    got[0] = 0;
    errno = 0;
    long result = run_step(count, words);
    if (result == -1) fprintf(answer, "no\t%s\n", strerrorname_np(errno) ? strerrorname_np(errno) : "ended");
    else if (got[0] == 0) fprintf(answer, "ok\t%ld\n", result);
    else fprintf(answer, "ok\t%s\n", got);
    fflush(answer);
}

static long later(int count, char **words) {
    pid_t child = fork();
    if (child != 0) return child < 0 ? -1 : 0;
    if (fork() != 0) _exit(0);
    usleep((useconds_t)atol(words[0]) * 1000);
    FILE *answer = fopen("/tmp/later", "w");
    if (answer != NULL) answer_step(count - 1, words + 1, answer);
    _exit(0);
}

static long remember(const char *text) {
    snprintf(kept, sizeof kept, "%s", text);
    for (int at = 0; at < 5; at++) {
        FILE *file = fopen(PLACES[at], "w");
        if (file != NULL) fputs(text, file), fclose(file);
    }
    return 0;
}

static long recall(void) {
    say(kept, strlen(kept));
    for (int at = 0; at < 5; at++) say_file(PLACES[at]);
    return got[0] == 0 ? (errno = ENOENT, -1) : 0;
}

static long run_step(int count, char **words) {
    const char *name = words[0], *first = count > 1 ? words[1] : "", *second = count > 2 ? words[2] : "1";
    const char *address = getenv("ALGORITHMIA_API");
#define IS(text) (strcmp(name, text) == 0)
    if (IS("read")) return say_file(first);
    if (IS("write")) {
        int fd = open(first, O_WRONLY | O_CREAT | O_APPEND, 0600);
        long result = fd < 0 ? -1 : write(fd, "attack", 6);
        if (fd >= 0) close(fd);
        return result;
    }
    if (IS("list")) return say_folder(first, 0);
    if (IS("processes")) return processes();
    if (IS("open")) return say_folder("/proc/self/fd", 1);
    if (IS("syscall")) return system_call(count - 1, words + 1);
    if (IS("tcp")) return tcp(first, second, count > 3 ? words[3] : "");
    if (IS("unix")) return unix_socket(first);
    if (IS("api")) return address == NULL ? -1 : tcp("127.0.0.1", strrchr(address, ':') + 1, first);
    if (IS("frame")) return frame(first, atol(second));
    if (IS("shell")) return shell(first);
    if (IS("detach")) return detach(first);
    if (IS("memory")) return take_memory(atol(first));
    if (IS("memfd")) return take_memfd(atol(first));
    if (IS("fill")) return fill_file(first, atol(second));
    if (IS("inodes")) return inodes(first, atol(second));
    if (IS("forks")) return forks(atol(first));
    if (IS("threads")) return threads(atol(first));
    if (IS("descriptors")) return descriptors(atol(first));
    if (IS("output")) return output(atoi(first), atol(second));
    if (IS("spin")) return spin(atol(first));
    if (IS("later")) return later(count - 1, words + 1);
    if (IS("remember")) return remember(first);
    if (IS("recall")) return recall();
    errno = ENOSYS;
    return -1;
}

static void run_lines(char *input, FILE *answer) {
    for (char *line; (line = strsep(&input, "\n")) != NULL;) {
        if (line[0] == 0) continue;
        if (strncmp(line, "== ", 3) == 0) {
            fprintf(answer, "%s\n", line);
            continue;
        }
        char *words[MOST_ARGUMENTS] = {0};
        int count = 0;
        for (char *word; count < MOST_ARGUMENTS && (word = strsep(&line, "\t")) != NULL;) words[count++] = word;
        answer_step(count, words, answer);
    }
}

int main(int count, char **arguments) {
    setlinebuf(stdout);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error, as in the other languages */
    if (count == 1) return serve(run_lines);
    static char input[1000000];
    int fd = open(arguments[1], O_RDONLY);
    if (fd < 0 || read(fd, input, sizeof input - 1) < 0) return 1;
    run_lines(input, stdout);
    return 0;
}
