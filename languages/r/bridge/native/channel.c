/*
 * Reading and writing of frames, and of what comes before them in a worker that was started ahead. Writes block until the
 * kernel has all of it, so what was sent stays sent even if author code ends the process next.
 */
#include "channel.h"
#include <R.h>
#include <Rinternals.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADER_BYTES 10
#define CHUNK_BYTES 65536

#define HELD_BYTES 16384

static unsigned char chunk[CHUNK_BYTES];
static size_t chunk_start, chunk_end;
/* An answer whose next call is here already leaves with that call's start mark: one write, and one reader woken up. */
static unsigned char held[HELD_BYTES];
static size_t held_bytes;
static pid_t worker;

void remember_worker(void) { worker = getpid(); }

int is_worker(void) { return getpid() == worker; }

static void wait_until_writable(void) {
  struct pollfd wanted = {FRAMES_FD, POLLOUT, 0};
  poll(&wanted, 1, -1);
}

static void make_header(unsigned char *header, char type, char kind, uint32_t call, size_t size) {
  uint32_t length = htonl((uint32_t)size), number = htonl(call);
  memcpy(header, &length, 4);
  header[4] = (unsigned char)type;
  header[5] = (unsigned char)kind;
  memcpy(header + 6, &number, 4);
}

static void send_parts(struct iovec *parts, int count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
  size_t left = 0;
  for (int i = 0; i < count; i++) left += parts[i].iov_len;
  while (left > 0) {
    ssize_t sent = sendmsg(FRAMES_FD, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      wait_until_writable();
      continue;
    }
    if (sent < 0) _exit(0);
    left -= (size_t)sent;
    for (int i = 0; i < count; i++) {
      size_t taken = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
      parts[i].iov_base = (char *)parts[i].iov_base + taken;
      parts[i].iov_len -= taken;
      sent -= (ssize_t)taken;
    }
  }
}

static void send_held(void) {
  struct iovec part = {held, held_bytes};
  held_bytes = 0;
  send_parts(&part, 1);
}

void send_frame(char type, char kind, uint32_t call, const void *body, size_t size) {
  unsigned char header[HEADER_BYTES];
  make_header(header, type, kind, call, size);
  struct iovec parts[3] = {{held, held_bytes}, {header, HEADER_BYTES}, {(void *)body, size}};
  held_bytes = 0;
  send_parts(parts, 3);
}

static int hold_frame(char type, char kind, uint32_t call, const void *body, size_t size) {
  int is_next_here = chunk_end - chunk_start >= HEADER_BYTES;
  if (!is_next_here || held_bytes > 0 || size > HELD_BYTES - HEADER_BYTES) return 0;
  make_header(held, type, kind, call, size);
  memcpy(held + HEADER_BYTES, body, size);
  held_bytes = HEADER_BYTES + size;
  return 1;
}

/* Bytes that were read, 0 at the end. A connection that broke is an end as well. */
static size_t read_some(int fd, void *target, size_t size) {
  for (;;) {
    ssize_t count = read(fd, target, size);
    if (count >= 0) return (size_t)count;
    if (errno != EINTR) return 0;
  }
}

/* Whether `size` bytes came before the end. Small reads are served from a chunk, so that waiting frames cost one read. */
static int read_exactly(void *target, size_t size) {
  unsigned char *next = target;
  while (size > 0) {
    if (chunk_start == chunk_end) {
      if (held_bytes > 0) send_held();
      if (size >= CHUNK_BYTES) {
        size_t count = read_some(FRAMES_FD, next, size);
        if (count == 0) return 0;
        next += count;
        size -= count;
        continue;
      }
      chunk_start = 0;
      chunk_end = read_some(FRAMES_FD, chunk, CHUNK_BYTES);
      if (chunk_end == 0) return 0;
    }
    size_t taken = chunk_end - chunk_start < size ? chunk_end - chunk_start : size;
    memcpy(next, chunk + chunk_start, taken);
    chunk_start += taken;
    next += taken;
    size -= taken;
  }
  return 1;
}

static uint32_t number_at(const unsigned char *bytes) {
  uint32_t number;
  memcpy(&number, bytes, 4);
  return ntohl(number);
}

/* list(type, kind, call, body) of the next frame, the body as raw; NULL at the end of the stream. */
SEXP algorist_receive(void) {
  unsigned char header[HEADER_BYTES];
  if (!read_exactly(header, HEADER_BYTES)) return R_NilValue;
  const char *names[] = {"type", "kind", "call", "body", ""};
  SEXP frame = PROTECT(mkNamed(VECSXP, names));
  SET_VECTOR_ELT(frame, 0, ScalarString(mkCharLen((char *)header + 4, 1)));
  SET_VECTOR_ELT(frame, 1, ScalarString(mkCharLen((char *)header + 5, 1)));
  SET_VECTOR_ELT(frame, 2, ScalarReal(number_at(header + 6)));
  SEXP body = allocVector(RAWSXP, number_at(header));
  SET_VECTOR_ELT(frame, 3, body);
  int is_whole = read_exactly(RAW(body), (size_t)XLENGTH(body));
  UNPROTECT(1);
  return is_whole ? frame : R_NilValue;
}

/* Sends a frame; `body` is raw, one text, or NULL. Output so far comes before it. */
SEXP algorist_send(SEXP type, SEXP kind, SEXP call, SEXP body) {
  const void *bytes = "";
  size_t size = 0;
  if (TYPEOF(body) == RAWSXP) {
    bytes = RAW(body);
    size = (size_t)XLENGTH(body);
  } else if (TYPEOF(body) == STRSXP) {
    bytes = CHAR(STRING_ELT(body, 0));
    size = (size_t)LENGTH(STRING_ELT(body, 0));
  }
  flush_output();
  char letter = CHAR(STRING_ELT(type, 0))[0];
  uint32_t number = (uint32_t)asReal(call);
  char how = CHAR(STRING_ELT(kind, 0))[0];
  int is_answer = letter == 'V' || letter == 'E';
  if (!is_answer || !hold_frame(letter, how, number, bytes, size)) send_frame(letter, how, number, bytes, size);
  current_call = letter == 'S' ? number : 0;
  return R_NilValue;
}

/* What comes on the descriptor for orders, up to its end, as raw. */
SEXP algorist_receive_order(void) {
  size_t size = 0, room = CHUNK_BYTES;
  SEXP order;
  PROTECT_INDEX at;
  PROTECT_WITH_INDEX(order = allocVector(RAWSXP, (R_xlen_t)room), &at);
  for (;;) {
    if (size == room) REPROTECT(order = xlengthgets(order, (R_xlen_t)(room *= 2)), at);
    size_t count = read_some(ORDERS_FD, RAW(order) + size, room - size);
    if (count == 0) break;
    size += count;
  }
  close(ORDERS_FD);
  order = xlengthgets(order, (R_xlen_t)size);
  UNPROTECT(1);
  return order;
}

/* What the runner sends before frames begin: a length in four bytes, and so many bytes; NULL when it does not. */
SEXP algorist_receive_secrets(void) {
  unsigned char length[4];
  if (!read_exactly(length, 4)) return R_NilValue;
  SEXP secrets = PROTECT(allocVector(RAWSXP, number_at(length)));
  int is_whole = read_exactly(RAW(secrets), (size_t)XLENGTH(secrets));
  UNPROTECT(1);
  return is_whole ? secrets : R_NilValue;
}
