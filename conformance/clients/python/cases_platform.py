"""What the platform offers, and accounts; the same in both generations."""
import os
import tempfile
import unittest
import uuid

from platform_under_test import ADMIN_KEY, OWNER, client, unique


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

    def test_organization_type(self):
        "organization types are a bare array with ids and names"
        types = client(ADMIN_KEY).get_org_types()
        self.assertIn("basic", [each["name"] for each in types])
