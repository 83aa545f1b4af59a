"""Management by the second generation (2.0.5), which speaks JSON itself and raises exceptions."""
import unittest

from Algorithmia.errors import AlgorithmException
from platform_under_test import COMMIT, DETAILS, OWNER, SETTINGS, client, probe, unique


class Versions(unittest.TestCase):
    def test_info(self):
        "info() of a commit and of all, versions() with filters"
        one = probe().info(COMMIT)
        self.assertEqual(one["version_info"]["git_hash"], COMMIT)
        self.assertEqual(one["version_info"]["semantic_version"], "0.1.0")
        every = probe().info()
        self.assertEqual([each["resource_type"] for each in every["results"]], ["algorithm"] * len(every["results"]))
        published = probe().versions(limit=5, published=True, callable=True)
        self.assertEqual([each["version_info"]["semantic_version"] for each in published["results"]], ["0.1.0"])


class Existence(unittest.TestCase):
    def test_exists(self):
        "exists() says yes and no"
        self.assertTrue(probe().exists())
        self.assertFalse(client().algo(OWNER + "/nothing_here").exists())
        self.assertFalse(client().algo("nobody_here/nothing").exists())

    def test_algorithm_errors_of_a_missing_algorithm(self):
        "get_algorithm_errors() of a missing algorithm says `No such algorithm`"
        with self.assertRaises(AlgorithmException) as caught:
            client().get_algorithm_errors("hello")
        self.assertEqual(caught.exception.message, "No such algorithm")


class Scms(unittest.TestCase):
    def test_scms(self):
        "the internal SCM is listed"
        internal = [scm for scm in client().scms()["results"] if scm["id"] == "internal"]
        self.assertEqual([scm["provider"] for scm in internal], ["internal"])


class LifeCycle(unittest.TestCase):
    def test_all(self):
        "create, compile, call, publish, builds, logs, SCM status, failed update"
        name = unique("Made")
        algo = client().algo(OWNER + "/" + name)
        created = algo.create(DETAILS, SETTINGS, version_info={"sample_input": "\"foo\""})
        self.assertEqual((created["name"], created["resource_type"]), (name, "algorithm"))
        self.assertEqual(created["details"]["label"], DETAILS["label"])

        compiled = algo.compile()
        commit = compiled["version_info"]["git_hash"]
        self.assertEqual(client().algo("/".join((OWNER, name, commit))).pipe("foo").result, "hello foo")

        published = algo.publish(
            details={"label": "testing123"},
            settings={"algorithm_callability": "private"},
            version_info={"release_notes": "created programmatically", "sample_input": "payload", "version_type": "minor"})
        self.assertEqual(published["version_info"]["semantic_version"], "0.1.0")
        self.assertEqual(published["version_info"]["git_hash"], commit)
        self.assertEqual(published["version_info"]["release_notes"], "created programmatically")
        latest = client().algo(OWNER + "/" + name + "/latestPrivate")
        self.assertEqual(latest.pipe("foo").result, "hello foo")

        builds = algo.get_builds()
        self.assertEqual((builds["marker"], builds["next_link"]), (None, None))
        build = builds["results"][0]
        self.assertEqual((build["commit_sha"], build["status"]), (commit, "succeeded"))
        self.assertEqual(algo.get_build(build["build_id"])["build_id"], build["build_id"])
        self.assertIn("Beginning container customization", algo.get_build_logs(build["build_id"])["logs"])
        self.assertEqual(algo.get_scm_status()["scm_connection_status"], "active")

        # The client sends a form instead of JSON; refusing is better than losing the values (rest-api.md 7.9).
        with self.assertRaisesRegex(Exception, r"<Response \[400\]>"):
            algo.update(details={"label": "changed"})
        self.assertEqual(algo.versions()["results"][0]["details"]["label"], "testing123")

        reply = client().deleteHelper("/v1/algorithms/" + OWNER + "/" + name)
        self.assertEqual((reply.status_code, reply.reason), (204, "No Content"))
        self.assertFalse(algo.exists())

    def test_name_taken(self):
        "creating an algorithm twice is status 400"
        with self.assertRaisesRegex(Exception, r"<Response \[400\]>"):
            probe().create(DETAILS, SETTINGS)
