"""Prints each unittest case as the line that lib/cases.ts reads."""
import contextlib
import sys
import unittest


class LineResult(unittest.TestResult):
    """`ok NAME` or `not ok NAME: REASON`; a skipped case is not reported at all."""

    reported = 0

    def _print(self, test, error=None):
        self.reported += 1
        name = test.shortDescription()
        if error is None:
            line = "ok " + name
        else:
            reason = "{}: {}".format(error[0].__name__, error[1])
            line = "not ok {}: {}".format(name, " ".join(reason.split()))
        print(line, file=sys.__stdout__, flush=True)

    def addSuccess(self, test):
        self._print(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._print(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._print(test, err)


def main(modules):
    """Runs the cases of modules. What the client itself prints goes to stderr."""
    result = LineResult()
    with contextlib.redirect_stdout(sys.stderr):
        for module in modules:
            unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    print("cases {}".format(result.reported))
    sys.exit(0 if result.wasSuccessful() else 1)
