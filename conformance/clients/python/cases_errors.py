"""Error logs: the methods of both generations, which answer what the server sent."""
import json
import unittest

from Algorithmia.errors import AlgorithmException
from platform_under_test import ADMIN_KEY, OWNER, PROBE, STRANGER_KEY, client, probe, unique

MEMBERS = ["created_at", "request_id", "username", "algoname", "algoversion", "input", "error", "error_type",
           "billable_to", "worker"]


def turn(enabled):
    admin = client(ADMIN_KEY)
    reply = admin.requestSession.put(admin.apiAddress + "/v1/admin/features/algorithm-errors",
                                     headers={"Authorization": ADMIN_KEY}, data=json.dumps({"enabled": enabled}))
    assert reply.status_code == 204, reply.text


def fail(key=None):
    """The probe cannot do this. Answers its input, which is new each time."""
    given = {"do": unique("juggle")}
    try:
        probe(key=key).pipe(given)
    except AlgorithmException:
        return given["do"]
    raise AssertionError("the probe did what it cannot do")


class ErrorLogs(unittest.TestCase):
    def setUp(self):
        turn(True)

    def tearDown(self):
        turn(False)

    def test_of_an_algorithm(self):
        "get_algorithm_errors() by name and by id has the run that just failed, first"
        what = fail(STRANGER_KEY)
        entries = client().get_algorithm_errors(PROBE)
        newest = entries[0]
        self.assertEqual(list(newest), MEMBERS)
        self.assertEqual((newest["username"], newest["algoname"], newest["algoversion"]), (OWNER, "Probe", "0.1.0"))
        self.assertEqual(json.loads(newest["input"]), {"do": what})
        self.assertTrue(newest["error"].startswith("error:\ncannot " + what + "\nstacktrace:\nSome("), newest["error"])
        self.assertIsInstance(newest["created_at"], int)
        identifier = json.loads(client().getHelper("/v1/algorithms/" + PROBE).text)["id"]
        self.assertEqual(client().get_algorithm_errors(identifier), entries)

    def test_of_a_user(self):
        "get_user_errors() has what the user called, for the user and for an administrator, and nothing of an unknown one"
        what = fail()
        for key in (None, ADMIN_KEY):
            newest = client(key).get_user_errors(OWNER)[0]
            self.assertEqual((newest["billable_to"], json.loads(newest["input"])), (OWNER, {"do": what}))
        self.assertEqual(client(ADMIN_KEY).get_user_errors("nobody_here"), [])

    def test_of_an_organization(self):
        "get_organization_errors() of an unknown organization is empty"
        self.assertEqual(client(ADMIN_KEY).get_organization_errors("nobody_here"), [])

    def test_off(self):
        "turned off, the owner is told so"
        turn(False)
        reply = client().getHelper("/v1/algorithms/" + PROBE + "/errors")
        self.assertEqual(reply.status_code, 404)
        self.assertIn("turned off", reply.text)
