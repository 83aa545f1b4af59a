"""Secrets by the second generation (2.0.5); the first has no calls for them."""
import contextlib
import io
import unittest

from platform_under_test import STRANGER_KEY, client, probe, unique

VALUE = "value of the Python client"


def set_secret(algo, *rest):
    # The client prints what it sends, value and all.
    with contextlib.redirect_stdout(io.StringIO()):
        return algo.set_secret(*rest)


class Secrets(unittest.TestCase):
    def test_providers(self):
        "get_secret_providers() begins with the default one"
        default = client().get_secret_providers()[0]
        self.assertTrue(default["isDefault"])
        self.assertEqual(default["name"], "algorithmia_internal_secret_provider")

    def test_set_and_get(self):
        "set_secret() with and without a description, get_secrets() without values"
        name = unique("PYTHON_CLIENT_")
        made = set_secret(probe(), name, name, VALUE)
        described = set_secret(probe(), name + "_D", name + "_D", VALUE, "described")
        self.assertEqual((made["secret_key"], made["description"], made["owner_type"]), (name, " ", "algorithm"))
        self.assertEqual(described["description"], "described")
        listed = probe().get_secrets()
        self.assertEqual(listed["secrets"], listed["results"])
        for secret in (made, described):
            self.assertIn(secret, listed["secrets"])
        self.assertNotIn(VALUE, repr((made, described, listed)))

    def test_refusals(self):
        "a name of the platform, a name used twice and a stranger are refused"
        name = unique("PYTHON_CLIENT_")
        set_secret(probe(), name, name, VALUE)
        # All that the client keeps of a refusal is its status.
        for algo, status, short_name, variable in (
                (probe(), 400, "path", "PATH"), (probe(), 400, name, name), (probe(key=STRANGER_KEY), 403, "s", name + "_S")):
            with self.assertRaisesRegex(Exception, r"<Response \[%d\]>" % status):
                set_secret(algo, short_name, variable, VALUE)
