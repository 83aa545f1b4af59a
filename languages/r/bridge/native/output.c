/*
 * What R prints, as output frames in the order in which it was printed. R's console is replaced, below connections and
 * sinks: print, cat, message and warnings come here, C code that uses Rprintf as well. Descriptors 1 and 2 stay as they are,
 * for child processes and for C code that writes by itself.
 *
 * R prints a line in many small pieces. A piece that ends no line is held back until the line, the other stream, the answer or
 * the end of the process.
 */
#define R_INTERFACE_PTRS 1
#include "channel.h"
#include <R.h>
#include <Rinternals.h>
#include <Rinterface.h>
#include <string.h>
#include <unistd.h>

#define MAX_FRAME_BYTES 65536
#define HELD_BYTES 8192

uint32_t current_call;
static char held[HELD_BYTES];
static size_t held_bytes;
static char held_stream;

void flush_output(void) {
  if (held_bytes == 0) return;
  size_t size = held_bytes;
  held_bytes = 0;
  if (is_worker()) send_frame('O', held_stream, current_call, held, size);
}

static void write_console(const char *text, int length, int is_error) {
  char stream = is_error ? '2' : '1';
  size_t size = (size_t)length;
  if (size == 0) return;
  if (!is_worker()) {
    // A fork, as package parallel makes them: the stream of frames is not its own.
    ssize_t written = write(stream - '0', text, size);
    (void)written;
    return;
  }
  if (held_stream != stream || held_bytes + size > HELD_BYTES) flush_output();
  held_stream = stream;
  if (size > HELD_BYTES) {
    for (size_t start = 0; start < size; start += MAX_FRAME_BYTES) {
      size_t part = size - start < MAX_FRAME_BYTES ? size - start : MAX_FRAME_BYTES;
      send_frame('O', stream, current_call, text + start, part);
    }
    return;
  }
  memcpy(held + held_bytes, text, size);
  held_bytes += size;
  if (text[size - 1] == '\n') flush_output();
}

void capture_output(void) {
  R_Outputfile = NULL;
  R_Consolefile = NULL;
  ptr_R_WriteConsole = NULL;
  ptr_R_WriteConsoleEx = write_console;
}
