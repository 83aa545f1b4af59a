"""Calls, their options, their failures and the forms of a version; the same in both generations."""
import os
import time
import unittest

from Algorithmia.algorithm import OutputType
from Algorithmia.errors import AlgorithmException
from platform_under_test import COMMIT, OWNER, PROBE, STRANGER_KEY, WRONG_KEY, client, probe

TIMED_OUT = "Failed to run algorithm - may have timed-out or hit out-of-memory error"


class Calls(unittest.TestCase):
    def test_text(self):
        "text is answered as text"
        reply = probe().pipe("HAL 9000")
        self.assertEqual(reply.result, "HAL 9000")
        self.assertEqual(reply.metadata.content_type, "text")
        self.assertGreater(reply.metadata.duration, 0)
        self.assertEqual(list(reply.metadata.full_metadata), ["content_type", "duration"])

    def test_json(self):
        "JSON keeps its numbers, its nesting and its order"
        value = {"b": [1, 2.5, True, None], "a": {"deep": ["x"]}, "big": 2 ** 60}
        reply = probe().pipe(value)
        self.assertEqual(reply.result, value)
        self.assertEqual(list(reply.result), ["b", "a", "big"])
        self.assertEqual(reply.metadata.content_type, "json")

    def test_null(self):
        "None is JSON null"
        self.assertIsNone(probe().pipe(None).result)

    def test_binary(self):
        "bytes go in and come out as bytes"
        for value in (b"\x00\x01\xff\xfe", bytearray(b"\x80bytearray")):
            reply = probe().pipe(value)
            self.assertEqual(reply.result, bytes(value))
            self.assertEqual(reply.metadata.content_type, "binary")

    def test_binary_result(self):
        "bytes made by the algorithm are bytes"
        self.assertEqual(probe().pipe({"do": "bytes"}).result, b"\x00\x01\xff")

    def test_unicode(self):
        "text and JSON beyond ASCII survive"
        for value in ("Grüße 漢字 😀", {"ключ": "Ωmega \u0000 \u2028"}):
            self.assertEqual(probe().pipe(value).result, value)

    def test_large(self):
        "a megabyte of text goes through"
        value = "0123456789abcdef" * 65536
        self.assertEqual(probe().pipe(value).result, value)

    def test_algo_uri(self):
        "an algo:// address works"
        self.assertEqual(client().algo("algo://" + PROBE).pipe("x").result, "x")

    def test_upper_and_lower_case(self):
        "owner and name are found in any case"
        self.assertEqual(client().algo(PROBE.lower()).pipe("x").result, "x")


class Examples(unittest.TestCase):
    def test_examples(self):
        "the documents' examples of text, JSON and binary input"
        self.assertEqual(client().algo("demo/Hello/0.1.1").pipe("HAL 9000").result, "Hello HAL 9000")
        words = ["transformer", "terraforms", "retransform"]
        self.assertEqual(client().algo("WebPredict/ListAnagrams/0.1").pipe(words).result, ["transformer", "retransform"])
        with open(os.environ["CASES_PICTURE"], "rb") as picture:
            small = client().algo("opencv/SmartThumbnail/0.1").pipe(bytearray(picture.read())).result
        self.assertEqual(small[:8], b"\x89PNG\r\n\x1a\n")


class Options(unittest.TestCase):
    def test_raw(self):
        "raw output of text is the text alone, of JSON compact JSON"
        algo = probe().set_options(output=OutputType.raw)
        self.assertEqual(algo.pipe("raw text"), "raw text")
        self.assertEqual(probe().set_options(output=OutputType.raw).pipe({"a": [1, "ü"]}), '{"a":[1,"ü"]}')

    def test_void(self):
        "void output answers a request id at once"
        started = time.monotonic()
        reply = probe().set_options(output=OutputType.void).pipe({"do": "sleep", "seconds": 6})
        self.assertLess(time.monotonic() - started, 4)
        self.assertEqual(reply.async_protocol, "void")
        self.assertRegex(reply.request_id, r"^req-[0-9a-f-]{36}$")

    def test_defaults(self):
        "the options that set_options() always sends change nothing"
        self.assertEqual(probe().set_options().pipe("x").result, "x")

    def test_timeout(self):
        "a call over its timeout fails with the exact text"
        started = time.monotonic()
        with self.assertRaises(AlgorithmException) as caught:
            probe().set_options(timeout=1).pipe({"do": "sleep", "seconds": 30})
        self.assertLess(time.monotonic() - started, 15)
        self.assertEqual(caught.exception.message, TIMED_OUT)
        self.assertEqual(caught.exception.error_type, "TimeoutError")

    def test_stdout(self):
        "the owner gets what was printed"
        reply = probe().set_options(stdout=True).pipe({"do": "print"})
        self.assertEqual(reply.result, "printed")
        self.assertIn("to stdout\n", reply.metadata.stdout)
        self.assertIn("to stderr\n", reply.metadata.stdout)

    def test_stdout_of_a_stranger(self):
        "a stranger's wish for stdout is ignored"
        algo = probe(key=STRANGER_KEY).set_options(stdout=True)
        reply = algo.pipe({"do": "print"})
        self.assertEqual(reply.result, "printed")
        self.assertNotIn("stdout", reply.metadata.full_metadata)


class Failures(unittest.TestCase):
    def fail_with(self, value):
        with self.assertRaises(AlgorithmException) as caught:
            probe().pipe(value)
        return caught.exception

    def test_exception(self):
        "an exception arrives with message and type"
        error = self.fail_with({"do": "juggle"})
        self.assertEqual(error.message, "cannot juggle")
        self.assertEqual(error.error_type, "AlgorithmError")

    def test_typed(self):
        "the type that the algorithm gave arrives"
        error = self.fail_with({"do": "typed"})
        self.assertEqual((error.message, error.error_type), ("typed", "InputError"))

    def test_exit(self):
        "a process that ends itself is reported"
        error = self.fail_with({"do": "exit"})
        self.assertEqual((error.message, error.error_type), ("exited with code 3", "SystemExit"))

    def test_unserialisable(self):
        "a result that is no JSON is an error"
        self.assertTrue(self.fail_with({"do": "set"}).message)

    def test_raw_error(self):
        "an error of a raw call is status 400"
        algo = probe().set_options(output=OutputType.raw)
        # The second generation drops the body, the first shows it.
        with self.assertRaisesRegex(Exception, r"<Response \[400\]>|^{\"error\":{\"message\":\"cannot juggle\""):
            algo.pipe({"do": "juggle"})

    def test_unknown_algorithm(self):
        "a call of an unknown algorithm is status 404"
        for path in (OWNER + "/nothing_here", "nobody_here/nothing", PROBE + "/9.9.9"):
            with self.assertRaisesRegex(Exception, r"<Response \[404\]>"):
                client().algo(path).pipe("x")

    def test_wrong_key(self):
        "a call with an unknown key is status 401 and says `authorization required`"
        with self.assertRaisesRegex(Exception, r"<Response \[401\]>"):
            probe(key=WRONG_KEY).pipe("x")
        other = client(WRONG_KEY)
        reply = other.requestSession.post(
            other.apiAddress + "/v1/algo/" + PROBE, data=b"x",
            headers={"Authorization": other.apiKey, "Content-Type": "text/plain"})
        self.assertEqual(reply.json()["error"]["message"], "authorization required")


class Versions(unittest.TestCase):
    def test_forms(self):
        "every form that names the version reaches it"
        for version in ("/0.1.0", "/0.1", "/0.1.*", "/0", "/0.*", "/latest", "/" + COMMIT):
            with self.subTest(version):
                self.assertEqual(probe(version).pipe("x").result, "x")
