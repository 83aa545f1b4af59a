/* What R finds of this library, and its start. */
#include "channel.h"
#include <R.h>
#include <R_ext/Rdynload.h>
#include <Rinternals.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>

void remember_worker(void);
SEXP algorist_receive(void);
SEXP algorist_receive_order(void);
SEXP algorist_receive_secrets(void);
SEXP algorist_send(SEXP, SEXP, SEXP, SEXP);
SEXP algorist_text(SEXP);
SEXP algorist_is_wellformed(SEXP);
SEXP algorist_from_json(SEXP);
SEXP algorist_to_json(SEXP);

/* Takes the descriptors and the console. Programs that author code starts inherit neither stream. */
static SEXP algorist_start(void) {
  remember_worker();
  fcntl(FRAMES_FD, F_SETFD, FD_CLOEXEC);
  fcntl(ORDERS_FD, F_SETFD, FD_CLOEXEC);
  capture_output();
  atexit(flush_output);
  return R_NilValue;
}

/* Loads a shared library for those that need it by name; whether that worked. */
static SEXP algorist_provide(SEXP path) {
  return ScalarLogical(dlopen(CHAR(STRING_ELT(path, 0)), RTLD_LAZY | RTLD_GLOBAL) != NULL);
}

static const R_CallMethodDef METHODS[] = {
    {"start", (DL_FUNC)&algorist_start, 0},
    {"provide", (DL_FUNC)&algorist_provide, 1},
    {"receive", (DL_FUNC)&algorist_receive, 0},
    {"receive_order", (DL_FUNC)&algorist_receive_order, 0},
    {"receive_secrets", (DL_FUNC)&algorist_receive_secrets, 0},
    {"send", (DL_FUNC)&algorist_send, 4},
    {"text", (DL_FUNC)&algorist_text, 1},
    {"is_wellformed", (DL_FUNC)&algorist_is_wellformed, 1},
    {"from_json", (DL_FUNC)&algorist_from_json, 1},
    {"to_json", (DL_FUNC)&algorist_to_json, 1},
    {NULL, NULL, 0},
};

void R_init_algorist(DllInfo *library) {
  R_registerRoutines(library, NULL, METHODS, NULL, NULL);
  R_useDynamicSymbols(library, FALSE);
}
