"""Management by the first generation (1.17.0), most of it through the generated package `algorithmia_api_client`.

That package cannot decode any list (its classes `OneOf...` do not exist), so lists are read undecoded.
"""
import json
import unittest

from Algorithmia.errors import AlgorithmException
from algorithmia_api_client import Organization, UpdateRequest, User
from algorithmia_api_client.rest import ApiException
from platform_under_test import ADMIN_KEY, COMMIT, DETAILS, OWNER, PROBE, SETTINGS, client, probe, unique


def results(list_operation, *arguments, **query):
    """The items of a list, and a check that it is the last page."""
    page = json.loads(list_operation(*arguments, _preload_content=False, **query).data)
    assert page["marker"] is None and page["next_link"] is None, page
    return page["results"]


class Versions(unittest.TestCase):
    def test_info(self):
        "info() of a commit and of the newest, versions with filters"
        one = probe().info(COMMIT)
        self.assertEqual((one.version_info.git_hash, one.version_info.semantic_version), (COMMIT, "0.1.0"))
        self.assertEqual(one.resource_type, "algorithm")
        newest = probe().info()
        self.assertEqual((newest.name, newest.settings.algorithm_callability), ("Probe", "public"))
        query = {"limit": 5, "published": True, "callable": True}
        published = results(client().manageApi.get_algorithm_versions, *PROBE.split("/"), **query)
        self.assertEqual([each["version_info"]["semantic_version"] for each in published], ["0.1.0"])

    def test_missing(self):
        "a missing algorithm is told by the exact string, a missing version by an object"
        api = client().manageApi
        with self.assertRaises(ApiException) as caught:
            api.get_algorithm(OWNER, "nothing_here")
        self.assertEqual((caught.exception.status, caught.exception.body), (404, '{"error":"No such algorithm"}'))
        with self.assertRaises(AlgorithmException) as caught:
            probe().info("0" * 40)
        self.assertTrue(caught.exception.message)

    def test_algorithm_errors_of_a_missing_algorithm(self):
        "get_algorithm_errors() of a missing algorithm says `No such algorithm`"
        self.assertEqual(client().get_algorithm_errors("hello"), {"error": "No such algorithm"})


class LifeCycle(unittest.TestCase):
    def test_all(self):
        "create, compile, call, publish, update, builds, logs, SCM status, delete"
        name = unique("Made")
        algo = client().algo(OWNER + "/" + name)
        created = algo.create(DETAILS, SETTINGS, {"sample_input": "\"foo\""})
        self.assertEqual((created.name, created.details.label), (name, DETAILS["label"]))

        compiled = algo.compile()
        commit = compiled.version_info.git_hash
        self.assertEqual(client().algo("/".join((OWNER, name, commit))).pipe("foo").result, "hello foo")

        published = algo.publish(
            details={"label": "testing123"},
            settings={"algorithm_callability": "private"},
            version_info={"release_notes": "created programmatically", "sample_input": "payload", "version_type": "minor"})
        self.assertEqual(published["version_info"]["semantic_version"], "0.1.0")
        self.assertEqual(published["version_info"]["git_hash"], commit)
        latest = client().algo(OWNER + "/" + name + "/latestPrivate")
        self.assertEqual(latest.pipe("foo").result, "hello foo")

        updated = algo.update(details={"label": "changed"}, version_info={"sample_input": "\"bar\""})
        self.assertEqual(updated.details.label, "changed")
        self.assertEqual(updated.settings.license, "apl")
        self.assertEqual(algo.info().details.label, "changed")

        listed = results(client().manageApi.get_algorithm_builds, OWNER, name, limit=56)
        self.assertEqual(listed, algo.build_logs()["results"])
        build = algo.get_build(listed[0]["build_id"])
        self.assertEqual((build.commit_sha, build.status), (commit, "succeeded"))
        self.assertLessEqual(build.started_at, build.finished_at)
        self.assertEqual(build.version_info.semantic_version, "0.1.0")
        self.assertIn("Beginning container customization", algo.get_build_logs(build.build_id).logs)
        self.assertEqual(algo.get_scm_status().scm_connection_status, "active")

        _, status, _ = client().manageApi.delete_algorithm_with_http_info(OWNER, name)
        self.assertEqual(status, 204)
        with self.assertRaises(AlgorithmException):
            algo.info()

    def test_name_taken(self):
        "creating an algorithm twice is an error with a message"
        with self.assertRaises(AlgorithmException) as caught:
            probe().create(DETAILS, SETTINGS)
        self.assertTrue(caught.exception.message)


class GeneratedPackage(unittest.TestCase):
    """What the generated package offers beyond the client's own classes."""

    def test_scms(self):
        "the internal SCM is listed and read"
        api = client().manageApi
        scms = json.loads(api.list_scms(_preload_content=False).data)["results"]
        self.assertIn("internal", [scm["id"] for scm in scms])
        self.assertEqual(api.get_scm("internal").provider, "internal")

    def test_commits(self):
        "the commits of the repository are listed"
        commits = client().manageApi.commit_log_for_repository(*PROBE.split("/")).commits
        self.assertEqual(commits[0].id, COMMIT)

    def test_by_id(self):
        "an algorithm is read, changed and compiled by its id"
        algo = client().algo(OWNER + "/" + unique("ById"))
        identifier = algo.create(DETAILS, SETTINGS).id
        api = client().manageApi
        self.assertEqual(api.get_algorithm_by_id(identifier).name, algo.algoname)
        changed = api.update_algorithm_by_id(identifier, UpdateRequest(details={"label": "by id"}))
        self.assertEqual(changed.details.label, "by id")
        self.assertTrue(api.compile_algorithm_by_id(identifier).compilation.successful)
        newest = results(api.get_algorithm_by_id_builds, identifier)[0]
        self.assertEqual(newest["status"], "succeeded")

    def test_user_life(self):
        "an administrator creates a user, changes it and reads it by its id"
        api = client(ADMIN_KEY).manageApi
        name = unique("user")
        email = name + "@example.com"
        user = api.create_user(User(username=name, email=email, resource_type="user"))
        self.assertEqual((user.username, user.fullname, user.resource_type), (name, name, "user"))
        request = User(username=name, email=email, fullname="A Name", company_name="ACME", resource_type="user")
        changed = api.update_user(name, request)
        self.assertEqual((changed.fullname, changed.company_name), ("A Name", "ACME"))
        self.assertEqual(api.get_user_by_id(user.id).fullname, "A Name")

    def test_organization(self):
        "an administrator makes an organization, reads it and adds a member"
        api = client(ADMIN_KEY).manageApi
        name = unique("Org")
        made = api.create_organization(Organization(
            org_name=name, org_label="label", org_contact_name="some owner", org_email=name + "@example.com",
            org_url="https://example.com", type_id="basic", resource_type="organization"))
        self.assertEqual((made.org_name, made.resource_type), (name, "organization"))
        self.assertEqual(api.get_organization(name).type_id, made.type_id)
        _, status, _ = api.add_organization_member_with_http_info(name, OWNER)
        self.assertEqual(status, 201)

    def test_users(self):
        "an administrator reads a user and lists users"
        api = client(ADMIN_KEY).manageApi
        self.assertEqual(api.get_user(OWNER).username, OWNER)
        names = [user["username"] for user in results(api.get_users, limit=50)]
        self.assertIn(OWNER, names)
        self.assertEqual(names, sorted(names, key=str.lower))

    def test_missing_user(self):
        "an unknown user is an exception with a JSON body"
        with self.assertRaises(ApiException) as caught:
            client(ADMIN_KEY).manageApi.get_user("nobody_here")
        self.assertEqual(caught.exception.status, 404)
