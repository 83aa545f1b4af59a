/*
 * JSON text as R values, as package rjson reads it (runtime.md 3.2): numbers are doubles, null is NULL, an object is a list with
 * names, and an array is a vector where each element is one number, one text or one truth value, and a list otherwise.
 * Unlike there, an empty object keeps an empty set of names, so that it is written as an object again.
 */
#include <R.h>
#include <Rinternals.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 1000
#define FIRST_ROOM 8

typedef struct {
  const char *start, *next, *end;
  char *scratch; /* as large as the text: no string in it is longer */
  int depth;
} Reader;

static SEXP read_value(Reader *reader);

static void NORET fail(Reader *reader, const char *expected) {
  error("the input is not valid JSON: expected %s at byte %lld", expected, (long long)(reader->next - reader->start));
}

static void skip_space(Reader *reader) {
  while (reader->next < reader->end && strchr(" \t\r\n", *reader->next) != NULL && *reader->next != '\0') reader->next++;
}

static char peek(Reader *reader) {
  skip_space(reader);
  return reader->next < reader->end ? *reader->next : '\0';
}

static void expect(Reader *reader, char wanted, const char *expected) {
  if (peek(reader) != wanted) fail(reader, expected);
  reader->next++;
}

static SEXP read_word(Reader *reader, const char *word, SEXP value) {
  size_t size = strlen(word);
  if ((size_t)(reader->end - reader->next) < size || memcmp(reader->next, word, size) != 0) fail(reader, "a value");
  reader->next += size;
  return value;
}

static SEXP read_number(Reader *reader) {
  char digits[64], *stop;
  size_t size = 0;
  while (reader->next + size < reader->end && strchr("+-.0123456789eE", reader->next[size]) != NULL &&
         reader->next[size] != '\0')
    size++;
  if (size == 0) fail(reader, "a value");
  char *text = size < sizeof digits ? digits : reader->scratch;
  memcpy(text, reader->next, size);
  text[size] = '\0';
  double number = strtod(text, &stop);
  if (*stop != '\0') fail(reader, "a number");
  reader->next += size;
  return ScalarReal(number);
}

static unsigned read_hex(Reader *reader) {
  unsigned code = 0;
  for (int i = 0; i < 4; i++, reader->next++) {
    char digit = reader->next < reader->end ? *reader->next : '\0';
    if (digit >= '0' && digit <= '9') code = code * 16 + (unsigned)(digit - '0');
    else if ((digit | 32) >= 'a' && (digit | 32) <= 'f') code = code * 16 + (unsigned)((digit | 32) - 'a' + 10);
    else fail(reader, "four hexadecimal digits");
  }
  return code;
}

/* The character after `\u`. Half a surrogate pair stays what it is, in three bytes. */
static unsigned read_escaped(Reader *reader) {
  unsigned code = read_hex(reader);
  if (code == 0) error("the input has a text with the character U+0000, which R cannot hold");
  if (code < 0xD800 || code > 0xDBFF || reader->end - reader->next < 6 || memcmp(reader->next, "\\u", 2) != 0) return code;
  const char *after = reader->next;
  reader->next += 2;
  unsigned low = read_hex(reader);
  if (low >= 0xDC00 && low <= 0xDFFF) return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  reader->next = after;
  return code;
}

static char *put_utf8(char *target, unsigned code) {
  if (code < 0x80) {
    *target++ = (char)code;
    return target;
  }
  static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  *target++ = (char)(leads[more] | code >> 6 * more);
  while (more-- > 0) *target++ = (char)(0x80 | (code >> 6 * more & 0x3F));
  return target;
}

/* A string as an element of character vectors. */
static SEXP read_characters(Reader *reader) {
  expect(reader, '"', "a string");
  char *target = reader->scratch;
  for (;;) {
    const char *run = reader->next;
    while (reader->next < reader->end && *reader->next != '"' && *reader->next != '\\') reader->next++;
    memcpy(target, run, (size_t)(reader->next - run));
    target += reader->next - run;
    if (reader->next == reader->end) fail(reader, "the end of a string");
    if (*reader->next++ == '"') break;
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char letter = reader->next < reader->end ? *reader->next++ : '\0';
    const char *found = letter == '\0' ? NULL : strchr(escapes, letter);
    if (found != NULL) *target++ = meanings[found - escapes];
    else if (letter == 'u') target = put_utf8(target, read_escaped(reader));
    else fail(reader, "an escape that JSON knows");
  }
  return mkCharLenCE(reader->scratch, (int)(target - reader->scratch), CE_UTF8);
}

static SEXP with_room(SEXP list, R_xlen_t used) {
  return used < XLENGTH(list) ? list : xlengthgets(list, XLENGTH(list) * 2);
}

/* A vector of what a list holds if that is one value of one kind each; the list otherwise. */
static SEXP simplify(SEXP list) {
  R_xlen_t size = XLENGTH(list);
  if (size == 0) return list;
  int type = TYPEOF(VECTOR_ELT(list, 0));
  if (type != REALSXP && type != STRSXP && type != LGLSXP) return list;
  for (R_xlen_t i = 0; i < size; i++) {
    SEXP element = VECTOR_ELT(list, i);
    if (TYPEOF(element) != type || XLENGTH(element) != 1) return list;
  }
  SEXP vector = PROTECT(allocVector((SEXPTYPE)type, size));
  for (R_xlen_t i = 0; i < size; i++) {
    SEXP element = VECTOR_ELT(list, i);
    if (type == REALSXP) REAL(vector)[i] = REAL(element)[0];
    else if (type == LGLSXP) LOGICAL(vector)[i] = LOGICAL(element)[0];
    else SET_STRING_ELT(vector, i, STRING_ELT(element, 0));
  }
  UNPROTECT(1);
  return vector;
}

static SEXP read_array(Reader *reader) {
  R_xlen_t size = 0;
  SEXP list;
  PROTECT_INDEX at;
  reader->next++;
  PROTECT_WITH_INDEX(list = allocVector(VECSXP, FIRST_ROOM), &at);
  if (peek(reader) == ']') reader->next++;
  else
    for (;;) {
      REPROTECT(list = with_room(list, size), at);
      SET_VECTOR_ELT(list, size++, read_value(reader));
      if (peek(reader) != ',') {
        expect(reader, ']', "a comma or the end of an array");
        break;
      }
      reader->next++;
    }
  REPROTECT(list = xlengthgets(list, size), at);
  list = simplify(list);
  UNPROTECT(1);
  return list;
}

static SEXP read_object(Reader *reader) {
  R_xlen_t size = 0;
  SEXP list, names;
  PROTECT_INDEX list_at, names_at;
  reader->next++;
  PROTECT_WITH_INDEX(list = allocVector(VECSXP, FIRST_ROOM), &list_at);
  PROTECT_WITH_INDEX(names = allocVector(STRSXP, FIRST_ROOM), &names_at);
  if (peek(reader) == '}') reader->next++;
  else
    for (;;) {
      REPROTECT(list = with_room(list, size), list_at);
      REPROTECT(names = with_room(names, size), names_at);
      skip_space(reader);
      SET_STRING_ELT(names, size, read_characters(reader));
      expect(reader, ':', "a colon");
      SET_VECTOR_ELT(list, size++, read_value(reader));
      if (peek(reader) != ',') {
        expect(reader, '}', "a comma or the end of an object");
        break;
      }
      reader->next++;
    }
  REPROTECT(list = xlengthgets(list, size), list_at);
  REPROTECT(names = xlengthgets(names, size), names_at);
  setAttrib(list, R_NamesSymbol, names);
  UNPROTECT(2);
  return list;
}

static SEXP read_nested(Reader *reader, SEXP (*read)(Reader *)) {
  if (++reader->depth > MAX_DEPTH) error("the input is nested deeper than %d levels", MAX_DEPTH);
  SEXP value = read(reader);
  reader->depth--;
  return value;
}

static SEXP read_value(Reader *reader) {
  switch (peek(reader)) {
  case '{': return read_nested(reader, read_object);
  case '[': return read_nested(reader, read_array);
  case '"': return ScalarString(read_characters(reader));
  case 't': return read_word(reader, "true", ScalarLogical(1));
  case 'f': return read_word(reader, "false", ScalarLogical(0));
  case 'n': return read_word(reader, "null", R_NilValue);
  default: return read_number(reader);
  }
}

/* The value of the JSON text in the raw vector `bytes`. */
SEXP algorist_from_json(SEXP bytes) {
  const char *text = (const char *)RAW(bytes);
  size_t size = (size_t)XLENGTH(bytes);
  SEXP scratch = PROTECT(allocVector(RAWSXP, (R_xlen_t)size + 1));
  Reader reader = {text, text, text + size, (char *)RAW(scratch), 0};
  SEXP value = PROTECT(read_value(&reader));
  if (peek(&reader) != '\0' || reader.next != reader.end) fail(&reader, "nothing more");
  UNPROTECT(2);
  return value;
}

/* The UTF-8 text in the raw vector `bytes` as a character vector of length 1. */
SEXP algorist_text(SEXP bytes) {
  if (XLENGTH(bytes) > 0 && memchr(RAW(bytes), 0, (size_t)XLENGTH(bytes)) != NULL)
    error("the input has the character U+0000, which R cannot hold in a text");
  return ScalarString(mkCharLenCE((const char *)RAW(bytes), (int)XLENGTH(bytes), CE_UTF8));
}
