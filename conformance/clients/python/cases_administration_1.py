"""Administration by the generated package `algorithmia_api_client` of the first generation (1.17.0).

Some of its operations send no key (edit, types, keys of users and organizations); a default header does it for them.
Lists are read undecoded: the package cannot decode them.
"""
import datetime
import json
import unittest
import uuid

from algorithmia_api_client import (
    ApiKeyCreation, AuthPermissions, FrontendConfigurationEntry, Organization, OrganizationApiKeyCreation,
    OrganizationType, Scm, ScmUrls, User)
from algorithmia_api_client.rest import ApiException
from platform_under_test import ADMIN_KEY, OWNER, client, unique

RIGHTS = {"allow_data": True, "allow_data_write": False, "allow_algo": True, "allow_web_algo": False,
          "allow_algo_management": True, "algo_acl": ["algo://*", "algo://demo/*"]}


def administrator():
    api = client(ADMIN_KEY).manageApi
    api.api_client.set_default_header("Authorization", ADMIN_KEY)
    return api


def without_checks(api):
    """The package's own pattern of entry names is no pattern to Python."""
    api.api_client.client_side_validation = False
    return api


def undecoded(operation, *arguments, **query):
    return json.loads(operation(*arguments, _preload_content=False, **query).data)


def status_of(operation, *arguments):
    return operation(*arguments)[1]


def make_user(api):
    name = unique("user")
    return api.create_user(User(username=name, email=name + "@example.com", resource_type="user"))


def organization(name):
    return Organization(org_name=name, org_label="label", org_contact_name="some owner", type_id="basic",
                        org_email=name + "@example.com", org_url="https://example.com", resource_type="organization")


class Users(unittest.TestCase):
    def test_by_id(self):
        "a user is read and changed by id, and deleted by name and by id, twice without an error"
        api = administrator()
        user = make_user(api)
        request = User(username=user.username, email=user.email, company_role="tester", resource_type="user")
        self.assertEqual(api.update_user_by_id(user.id, request).company_role, "tester")
        self.assertEqual(status_of(api.delete_user_with_http_info, user.username), 204)
        self.assertEqual(status_of(api.delete_user_by_id_with_http_info, user.id), 204)
        with self.assertRaises(ApiException) as caught:
            api.get_user(user.username)
        self.assertEqual(caught.exception.status, 404)

    def test_name_taken(self):
        "a name that is taken is status 409 with a JSON body"
        api = administrator()
        user = make_user(api)
        with self.assertRaises(ApiException) as caught:
            api.create_user(User(username=user.username, email="other@example.com", resource_type="user"))
        self.assertEqual(caught.exception.status, 409)
        self.assertEqual(json.loads(caught.exception.body)["error"]["code"], 3003)

    def test_standard_key(self):
        "a standard key administers nothing"
        with self.assertRaises(ApiException) as caught:
            client().manageApi.get_user(OWNER)
        self.assertEqual(caught.exception.status, 403)


class Keys(unittest.TestCase):
    def check(self, key, username, owner):
        self.assertEqual((key.username, key.owner_name, key.key_label), (username, owner, "ci"))
        self.assertIsInstance(key.created_at, datetime.datetime)
        self.assertEqual(key.permissions.to_dict(), {**RIGHTS, "referer_host": None})
        self.assertNotEqual(key.api_key, key.api_key_mask)
        self.assertNotIn("id", key.to_dict())

    def test_keys(self):
        "keys of a user, an organization and a member are decoded although they have more members"
        api = administrator()
        user, org = make_user(api).username, unique("Org")
        api.create_organization(organization(org))
        api.add_organization_member(org, user)
        rights = AuthPermissions(**RIGHTS)
        request = ApiKeyCreation(key_label="ci", key_type="ManagementKey", permissions=rights)
        self.check(api.create_key_for_user(user, request), user, user)
        self.check(api.add_organization_api_key(org, user, request), user, org)
        of_org = OrganizationApiKeyCreation(key_label="ci", permissions=rights)
        self.check(api.create_key_for_organization(org, of_org), org, org)
        self.assertEqual(status_of(api.list_keys_with_http_info, org), 200)
        self.assertEqual(len(undecoded(api.list_keys, org)), 2)


class Organizations(unittest.TestCase):
    def test_life(self):
        "an organization is made, changed, listed, deleted; deleting it again is no error"
        api = administrator()
        name = unique("Org")
        made = api.create_organization(organization(name))
        changed = organization(name)
        changed.org_label = "another label"
        self.assertEqual(status_of(api.edit_with_http_info, name, changed), 204)
        found = api.get_organization(name)
        self.assertEqual((found.org_label, found.type_id), ("another label", made.type_id))
        names = [each["org_name"] for each in undecoded(api.get_organizations, limit=1000)["results"]]
        self.assertIn(name, names)
        for _ in range(2):
            self.assertEqual(status_of(api.delete_organization_with_http_info, name), 204)
        with self.assertRaises(ApiException) as caught:
            api.get_organization(name)
        self.assertEqual(caught.exception.status, 404)

    def test_members(self):
        "a member is added, listed with its role, and removed"
        api = administrator()
        name, user = unique("Org"), make_user(api).username
        api.create_organization(organization(name))
        self.assertEqual(status_of(api.add_organization_member_with_http_info, name, user), 201)
        self.assertEqual(status_of(api.add_organization_member_with_http_info, name, user), 200)
        members = undecoded(api.list_members, name)["results"]
        self.assertIn((user, "member"), [(each["username"], each["role"]) for each in members])
        self.assertEqual(status_of(api.remove_organization_member_with_http_info, name, user), 204)
        left = undecoded(api.list_members, name)["results"]
        self.assertNotIn(user, [each["username"] for each in left])

    def test_types(self):
        "an organization type is made, listed as a model, and deleted"
        api = administrator()
        wanted = OrganizationType(id=str(uuid.uuid4()), name=unique("type"))
        self.assertEqual(api.create(wanted), wanted)
        self.assertIn(wanted, api.get_all_organization_types())
        self.assertEqual(status_of(api.delete_by_name_with_http_info, wanted.name), 204)
        self.assertNotIn(wanted, api.get_all_organization_types())


class Server(unittest.TestCase):
    def test_configuration(self):
        "a configuration entry is set, read without a key, listed and deleted"
        api, name = without_checks(administrator()), unique("entry.")
        entry = FrontendConfigurationEntry(keyname=name, value="x", resource_type="frontend_config")
        self.assertEqual(api.update_config_entry(name, entry).value, "x")
        read = without_checks(client().manageApi).get_config_entry(name)
        self.assertEqual((read.keyname, read.value), (name, "x"))
        self.assertIn(name, [each["keyname"] for each in undecoded(api.get_frontend_config_entries)["results"]])
        self.assertEqual(status_of(api.delete_config_entry_with_http_info, name), 204)

    def test_pictures(self):
        "logo and icon that nobody set can be deleted"
        api = administrator()
        self.assertEqual(status_of(api.delete_logo_with_http_info), 204)
        self.assertEqual(status_of(api.delete_favicon_with_http_info), 204)

    def test_scms(self):
        "a source host is added, made the default, disabled and deleted"
        api = administrator()
        address = "https://" + unique("git") + ".example.com"
        urls = ScmUrls(web=address, api=address + "/api", ssh="ssh://git@example.com")
        made = api.create_scm(Scm(id=unique("scm"), provider="github", enabled=True, urls=urls,
                                  oauth={"client_id": "c", "client_secret": "s"}))
        self.assertEqual((made.provider, made.enabled, made.default), ("github", True, False))
        self.assertEqual((made.oauth.client_id, made.urls.web), ("c", address))
        self.assertEqual(status_of(api.set_default_scm_with_http_info, made.id), 204)
        self.assertTrue(api.get_scm(made.id).default)
        self.assertEqual(status_of(api.set_default_scm_with_http_info, "internal"), 204)
        self.assertFalse(api.update_scm(made.id, {"enabled": False}).enabled)
        self.assertEqual(status_of(api.delete_scm_with_http_info, made.id), 204)

    def test_scm_authorization(self):
        "nobody is connected to a source host, and disconnecting is no error"
        api = client().manageApi
        api.api_client.set_default_header("Authorization", client().apiKey)
        self.assertEqual(api.get_scm_status("internal").authorization_status, "unauthorized")
        self.assertEqual(status_of(api.revoke_scm_authorization_with_http_info, "internal"), 204)
