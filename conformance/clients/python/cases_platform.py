"""What the platform offers, and accounts; the same in both generations."""
import os
import tempfile
import unittest
import uuid

from platform_under_test import ADMIN_KEY, OWNER, client, unique


def is_refused(operation, *arguments):
    "The second generation raises; the first returns the error."
    try:
        reply = operation(*arguments)
    except Exception:
        return True
    return isinstance(reply, dict) and "error" in reply


class Platform(unittest.TestCase):
    def test_languages(self):
        "the list of languages begins with anaconda3"
        languages = client().get_supported_languages()
        self.assertEqual(languages[0]["name"], "anaconda3")
        for language in languages:
            self.assertEqual(sorted(language), ["configuration", "display_name", "name"])

    def test_environment(self):
        "python3 has environments"
        found = client().get_environment("python3")["environments"]
        self.assertTrue(found)
        self.assertEqual(found[0]["language"]["name"], "python3")

    def test_template(self):
        "the template of an environment unpacks"
        spec = client().get_environment("python3")["environments"][0]["environment_specification_id"]
        with tempfile.TemporaryDirectory() as folder:
            self.assertTrue(client().get_template(spec, folder).ok)
            self.assertIn("requirements.txt", os.listdir(folder))

    def test_unknown_template(self):
        "an unknown template is an error as JSON"
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("error", client().get_template(str(uuid.uuid4()), folder))


class Accounts(unittest.TestCase):
    def test_create_user(self):
        "an administrator creates a user"
        name = unique("user")
        user = client(ADMIN_KEY).create_user(
            {"username": name, "email": name + "@example.com", "passwordHash": "", "shouldCreateHello": False})
        self.assertEqual((user["username"], user["fullname"], user["resource_type"]), (name, name, "user"))

    def test_organization(self):
        "an administrator makes and reads an organization and adds a member"
        admin = client(ADMIN_KEY)
        name = unique("Org")
        body = {"org_name": name, "org_label": "label", "org_contact_name": "some owner", "type_id": "basic",
                "org_email": name + "@example.com", "org_url": "https://example.com", "resource_type": "organization"}
        self.assertEqual(admin.create_org(body)["org_name"], name)
        self.assertEqual(admin.get_org(name)["org_contact_name"], "some owner")
        self.assertEqual(admin.invite_to_org(name, OWNER).status_code, 201)

    def test_edit_organization(self):
        "an administrator changes an organization; the answer has no body, an unknown type is an error"
        admin = client(ADMIN_KEY)
        name = unique("Org")
        body = {"org_name": name, "org_label": "label", "org_contact_name": "some owner", "type_id": "basic",
                "org_email": name + "@example.com", "org_url": "https://example.com", "resource_type": "organization"}
        admin.create_org(dict(body))
        reply = admin.edit_org(name, {**body, "org_label": "another", "type_id": "pro"})
        self.assertEqual((reply.status_code, reply.content), (204, b""))
        types = {each["id"]: each["name"] for each in admin.get_org_types()}
        changed = admin.get_org(name)
        self.assertEqual((changed["org_label"], types[changed["type_id"]]), ("another", "pro"))
        self.assertTrue(is_refused(admin.edit_org, name, {**body, "type_id": "no_such_type"}))
        self.assertEqual(admin.get_org(name)["type_id"], changed["type_id"])

    def test_missing_organization(self):
        "an unknown organization is an error as JSON"
        self.assertTrue(client(ADMIN_KEY).get_org("nobody_here")["error"]["message"])

    def test_member_twice(self):
        "a user who is a member already is status 200, an unknown one an error"
        admin = client(ADMIN_KEY)
        name = unique("Org")
        admin.create_org({"org_name": name, "org_label": "label", "org_contact_name": "some owner",
                          "type_id": "basic", "org_email": name + "@example.com"})
        self.assertEqual([admin.invite_to_org(name, OWNER).status_code for _ in range(2)], [201, 200])
        self.assertTrue(is_refused(admin.invite_to_org, name, "nobody_here"))

    def test_organization_type(self):
        "organization types are a bare array with ids and names"
        types = client(ADMIN_KEY).get_org_types()
        self.assertIn("basic", [each["name"] for each in types])
