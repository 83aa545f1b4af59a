/* Frames on one stream socket (languages/PROTOCOL.md). */
#ifndef ALGORIST_CHANNEL_H
#define ALGORIST_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#define FRAMES_FD 3
#define ORDERS_FD 4

/* Sends one frame. Ends the process when the runner is gone: nobody is left to answer. */
void send_frame(char type, char kind, uint32_t call, const void *body, size_t size);

/* Whether this process is the worker, and not a fork that author code has made of it. */
int is_worker(void);

/* The call that output belongs to, 0 while none runs. */
extern uint32_t current_call;

/* Sends what was printed and is still held back. */
void flush_output(void);

/* Has what R prints come as output frames from now on. */
void capture_output(void);

#endif
