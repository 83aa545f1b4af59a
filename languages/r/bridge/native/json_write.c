/*
 * R values as JSON text, as package rjson writes them (runtime.md 3.2): a vector of length 1 without names is a scalar, names
 * make an object, a factor is its labels; NA, NaN and infinities are texts. Unlike there, numbers keep all their digits, and
 * what I() marks is an array also when it has one element.
 */
#include <R.h>
#include <Rinternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096
#define KEPT_ROOM (1 << 20)
#define MAX_DEPTH 1000

/* Kept from call to call: an R error leaves by a jump and could not free it. */
static struct {
  char *text;
  size_t size, room;
} out;

static void write_value(SEXP value, int depth);

static char *reserve(size_t more) {
  if (out.size + more > out.room) {
    size_t room = out.room * 2 > out.size + more ? out.room * 2 : out.size + more;
    char *text = realloc(out.text, room);
    if (text == NULL) error("there is no memory for the result as JSON");
    out.text = text;
    out.room = room;
  }
  return out.text + out.size;
}

static void put(const char *text, size_t size) {
  memcpy(reserve(size), text, size);
  out.size += size;
}

static void put_text(const char *text) { put(text, strlen(text)); }

/* Bytes of a UTF-8 character that starts with `first`, 0 where none does. */
static int announced_bytes(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Bytes of the UTF-8 character at `text`, 0 where there is none. Half a surrogate pair counts. */
static int character_bytes(const unsigned char *text, size_t left) {
  unsigned char first = text[0];
  int size = announced_bytes(first);
  if (size == 0 || (size_t)size > left) return 0;
  for (int i = 1; i < size; i++)
    if ((text[i] & 0xC0) != 0x80) return 0;
  if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xF0 && text[1] < 0x90) || (first == 0xF4 && text[1] > 0x8F)) return 0;
  return size;
}

static int is_half_pair(const unsigned char *text, int size) { return size == 3 && text[0] == 0xED && text[1] >= 0xA0; }

/* Text without a mark is taken as UTF-8, the encoding of workers: R itself would write `<e9>` for what is not. */
static const char *utf8(SEXP element) {
  cetype_t encoding = getCharCE(element);
  return encoding == CE_UTF8 || encoding == CE_NATIVE ? CHAR(element) : translateCharUTF8(element);
}

static void write_string(SEXP element) {
  const unsigned char *text = (const unsigned char *)(element == NA_STRING ? "NA" : utf8(element));
  size_t left = strlen((const char *)text);
  put("\"", 1);
  while (left > 0) {
    size_t run = 0;
    while (run < left && text[run] >= 0x20 && text[run] < 0x80 && text[run] != '"' && text[run] != '\\') run++;
    put((const char *)text, run);
    text += run;
    left -= run;
    if (left == 0) break;
    int size = character_bytes(text, left);
    if (size == 0)
      error("the result has text that is not UTF-8; say what it is, for example with iconv(text, \"latin1\", \"UTF-8\")");
    static const char controls[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = strchr(controls, text[0]);
    char escaped[8];
    if (found != NULL) {
      char pair[2] = {'\\', letters[found - controls]};
      put(pair, 2);
    } else if (size == 1 && text[0] < 0x20) {
      put(escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", text[0]));
    } else if (is_half_pair(text, size)) {
      unsigned code = 0xD000u | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
      put(escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", code));
    } else {
      put((const char *)text, (size_t)size);
    }
    text += size;
    left -= (size_t)size;
  }
  put("\"", 1);
}

/* The shortest text that reads as the same number. */
static void write_number(double number) {
  if (R_IsNA(number)) put_text("\"NA\"");
  else if (ISNAN(number)) put_text("\"NaN\"");
  else if (!R_FINITE(number)) put_text(number > 0 ? "\"Inf\"" : "\"-Inf\"");
  else {
    char digits[32];
    for (int precision = 15; precision <= 17; precision++) {
      snprintf(digits, sizeof digits, "%.*g", precision, number);
      if (strtod(digits, NULL) == number) break;
    }
    put_text(digits);
  }
}

static void write_complex(Rcomplex number) {
  put_text("{\"real\":");
  write_number(number.r);
  put_text(",\"imaginary\":");
  write_number(number.i);
  put_text("}");
}

static void write_factor_element(SEXP factor, R_xlen_t i) {
  SEXP levels = getAttrib(factor, R_LevelsSymbol);
  int level = INTEGER(factor)[i];
  write_string(level == NA_INTEGER || level < 1 || level > LENGTH(levels) ? NA_STRING : STRING_ELT(levels, level - 1));
}

static void write_element(SEXP vector, R_xlen_t i, int depth) {
  switch (TYPEOF(vector)) {
  case LGLSXP: {
    int truth = LOGICAL(vector)[i];
    put_text(truth == NA_LOGICAL ? "\"NA\"" : truth ? "true" : "false");
    break;
  }
  case INTSXP:
    if (isFactor(vector)) write_factor_element(vector, i);
    else write_number(INTEGER(vector)[i] == NA_INTEGER ? NA_REAL : INTEGER(vector)[i]);
    break;
  case REALSXP: write_number(REAL(vector)[i]); break;
  case CPLXSXP: write_complex(COMPLEX(vector)[i]); break;
  case STRSXP: write_string(STRING_ELT(vector, i)); break;
  default: write_value(VECTOR_ELT(vector, i), depth + 1);
  }
}

static void write_members(SEXP vector, SEXP names, int depth) {
  put("{", 1);
  for (R_xlen_t i = 0; i < XLENGTH(vector); i++) {
    if (i > 0) put(",", 1);
    write_string(STRING_ELT(names, i));
    put(":", 1);
    write_element(vector, i, depth);
  }
  put("}", 1);
}

static void write_elements(SEXP vector, int depth) {
  put("[", 1);
  for (R_xlen_t i = 0; i < XLENGTH(vector); i++) {
    if (i > 0) put(",", 1);
    write_element(vector, i, depth);
  }
  put("]", 1);
}

static void write_value(SEXP value, int depth) {
  if (depth > MAX_DEPTH) error("the result is nested deeper than %d levels", MAX_DEPTH);
  switch (TYPEOF(value)) {
  case NILSXP: put_text("null"); return;
  case LGLSXP: case INTSXP: case REALSXP: case CPLXSXP: case STRSXP: case VECSXP: break;
  default: error("a result of type %s is not JSON serializable", type2char((SEXPTYPE)TYPEOF(value)));
  }
  SEXP names = PROTECT(getAttrib(value, R_NamesSymbol));
  if (names != R_NilValue) write_members(value, names, depth);
  else if (XLENGTH(value) == 1 && TYPEOF(value) != VECSXP && !inherits(value, "AsIs")) write_element(value, 0, depth);
  else write_elements(value, depth);
  UNPROTECT(1);
}

/* The JSON text of `value` as a raw vector. */
SEXP algorist_to_json(SEXP value) {
  if (out.room > KEPT_ROOM) {
    free(out.text);
    out.text = NULL;
    out.room = 0;
  }
  out.size = 0;
  reserve(FIRST_ROOM);
  write_value(value, 0);
  SEXP bytes = allocVector(RAWSXP, (R_xlen_t)out.size);
  memcpy(RAW(bytes), out.text, out.size);
  return bytes;
}

/* Whether the first text of `value` is UTF-8 without half a surrogate pair. */
SEXP algorist_is_wellformed(SEXP value) {
  const unsigned char *text = (const unsigned char *)utf8(STRING_ELT(value, 0));
  for (size_t left = strlen((const char *)text); left > 0;) {
    int size = character_bytes(text, left);
    if (size == 0 || is_half_pair(text, size)) return ScalarLogical(0);
    text += size;
    left -= (size_t)size;
  }
  return ScalarLogical(1);
}
