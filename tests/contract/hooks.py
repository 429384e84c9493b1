"""Who calls, and what there is to be called for.

An admin calls, signed in as the frontend does; the sessions that are ended are another person's. Half of the ids in paths
are those of rows made for the case, since nothing is found out about rows that nobody has.
"""

import ast
import itertools
import os
import random
import threading
import uuid

import requests
import schemathesis
from hypothesis import strategies

API = os.environ["DNWERKS_API_URL"]
ADMIN = {"email": os.environ["ADMIN_EMAIL"], "password": os.environ["ADMIN_PASSWORD"]}
ROWS_IN_ALL = 400
phones = itertools.count()
parse, parsing = ast.parse, threading.RLock()


def parse_alone(*arguments, **options):
    # Python 3.11 counts the depth of syntax trees for all threads together: "AST constructor recursion depth mismatch".
    with parsing:
        return parse(*arguments, **options)


ast.parse = parse_alone


def sign_in(person):
    # As if from anywhere: the limit of an address is not what is tried here.
    address = f"198.51.{random.randrange(256)}.{random.randrange(256)}"
    answer = requests.post(
        f"{API}/api/auth/login",
        json={"email": person["email"], "password": person["password"]},
        headers={"X-Forwarded-For": address}, timeout=30
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


def service(method, path, body):
    key = os.environ["SUPABASE_SERVICE_ROLE_KEY"]
    answer = requests.request(
        method,
        f"{os.environ['SUPABASE_URL']}{path}",
        json=body,
        headers={"apikey": key, "Authorization": f"Bearer {key}", "Prefer": "return=representation"},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()


def another_person():
    """Somebody whose sessions, and whose account, may end while the admin's go on."""
    person = {"email": f"leaver-{uuid.uuid4()}@example.com", "password": "plenty-of-violet-otters-7"}
    code = f"rows-{uuid.uuid4()}"
    service("POST", "/rest/v1/invite_codes", {"code": code, "email": person["email"]})
    metadata = {"invite_code": code}
    user = service("POST", "/auth/v1/admin/users", {**person, "email_confirm": True, "user_metadata": metadata})
    profiles = service("PATCH", f"/rest/v1/user_profiles?user_id=eq.{user['id']}", {"status": "approved"})
    return {**person, "id": profiles[0]["id"]}


TOKEN = sign_in(ADMIN)


@schemathesis.auth(refresh_interval=None)
class Admin:
    def get(self, case, context):
        return TOKEN

    def set(self, case, data, context):
        ends_sessions = case.operation.path == "/api/auth/logout"
        case.headers["Authorization"] = f"Bearer {sign_in(another_person()) if ends_sessions else data}"


def post(path, body=None, **more):
    answer = requests.post(f"{API}{path}", json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30, **more)
    answer.raise_for_status()
    return answer.json()


def get(path):
    answer = requests.get(f"{API}{path}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


def phone():
    """One that no other row has, and no case makes up."""
    return f"+141568{next(phones):05}"


def imported():
    csv = f"phone,first_name\n{phone()},Ann\n12,Ben\n"
    answer = requests.post(
        f"{API}/api/customers/import",
        data=csv,
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv"},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["id"]


MAKERS = {
    "/api/customers/imports/{id}": imported,
    "/api/customers/{id}": lambda: post("/api/customers", {"phone": phone(), "first_name": "Ann"})["id"],
    "/api/campaigns/{id}": lambda: post("/api/campaigns", {"name": "Sale", "message_body": "Hi {{ first_name }}"})["id"],
    "/api/templates/{id}": lambda: post("/api/templates", {"name": "Welcome", "message_body": "Hi"})["id"],
    "/api/suppressions/{id}": lambda: post("/api/suppressions", {"phone": phone()})["id"],
    "/api/senders/{id}": lambda: get("/api/senders")["data"][0]["id"],
    "/api/admin/users/{id}": lambda: another_person()["id"],
    "/api/admin/invites/{id}": lambda: post("/api/admin/invites", {})["id"],
}
made = 0

# Any text is well formed, and hardly any is a number.
schemathesis.openapi.format("phone", strategies.integers(0, 10**5 - 1).map(lambda number: f"+141567{number:05}"))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    global made
    if not path_parameters or made >= ROWS_IN_ALL or random.random() < 0.5:
        return path_parameters
    try:
        uuid.UUID(str(path_parameters.get("id")))
    except ValueError:
        # Meant to be none.
        return path_parameters
    for path, make in MAKERS.items():
        if context.operation.path.startswith(path):
            made += 1
            return {**path_parameters, "id": make()}
    return path_parameters
