/* The smallest bridge (languages/PROTOCOL.md): hands each call's body to `apply` and sends what it wrote as text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_all(void *to, size_t count) {
    for (char *at = to; count > 0;) {
        ssize_t got = read(3, at, count);
        if (got <= 0) return 0;
        at += got;
        count -= (size_t)got;
    }
    return 1;
}

static void send_frame(char type, char kind, unsigned call, const char *body, size_t size) {
    unsigned char header[10];
    unsigned size_be = htonl((unsigned)size), call_be = htonl(call);
    memcpy(header, &size_be, 4);
    header[4] = (unsigned char)type;
    header[5] = (unsigned char)kind;
    memcpy(header + 6, &call_be, 4);
    char *frame = malloc(10 + size);
    memcpy(frame, header, 10);
    memcpy(frame + 10, body, size);
    for (size_t at = 0; at < 10 + size;) {
        ssize_t sent = write(3, frame + at, 10 + size - at);
        if (sent <= 0) exit(1);
        at += (size_t)sent;
    }
    free(frame);
}

/* Serves calls until the runner ends the stream. */
static int serve(void (*apply)(char *input, FILE *answer)) {
    send_frame('R', '0', 0, "", 0);
    unsigned char header[10];
    while (read_all(header, 10)) {
        unsigned size, call;
        memcpy(&size, header, 4);
        memcpy(&call, header + 6, 4);
        size = ntohl(size);
        call = ntohl(call);
        char *input = malloc(size + 1);
        if (!read_all(input, size)) return 0;
        input[size] = 0;
        send_frame('S', '0', call, "", 0);
        char *text = NULL;
        size_t length = 0;
        FILE *answer = open_memstream(&text, &length);
        apply(input, answer);
        fclose(answer);
        send_frame('V', 't', call, text, length);
        free(text);
        free(input);
    }
    return 0;
}
