"""Receives accounts from enroll, with Python's standard library alone.

    ENROLL_SINK_SECRET=whsec_… python3 receiver.py 9000
"""
import base64, hashlib, hmac, json, os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEYS = [base64.b64decode(secret.removeprefix("whsec_")) for secret in os.environ["ENROLL_SINK_SECRET"].split()]
LOCK = threading.Lock()  # a database has transactions: one for each message
ACCOUNTS, GROUPS = {}, {}  # app_ref -> account or access group
IDS = {}  # directory_id -> app_ref
ANSWERED = {}  # webhook-id -> answer; a table may forget them after 30 days


def is_signed(headers, body):
    """The message is fresh, and one of its signatures fits one of our keys (two during a rotation)."""
    sent = headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > 300:
        return False
    text = f"{headers['webhook-id']}.{sent}.".encode() + body
    fits = [b"v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)) for key in KEYS]
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(ours, theirs) for ours in fits for theirs in given)


def apply_account(data):
    full, named = data["full"], data["account"]
    if any(group not in GROUPS for group in full["access_groups"]):
        return {"outcome": "rejected", "code": "unknown_group", "message": "there is no such access group"}
    app_ref = named.get("app_ref") or IDS.get(named["directory_id"]) or f"u_{len(ACCOUNTS) + 1}"
    for other, account in ACCOUNTS.items():
        if other != app_ref and full.get("email") and account["profile"].get("email") == full["email"]:
            return {"outcome": "exists", "app_ref": other}
    IDS[named["directory_id"]] = app_ref
    # `own` is what people set by hand: no message ever touches it.
    account = ACCOUNTS.setdefault(app_ref, {"profile": {}, "revision": 0, "sessions": ["s_1"], "own": {}})
    if data["revision"] >= account["revision"]:  # a lower one is late, and changes nothing
        account["revision"] = data["revision"]
        account["profile"].update(full)  # what `full` does not say stays
        if not full["active"]:
            account["sessions"].clear()  # sessions, API keys, running jobs: ended before we answer
    return {"outcome": "applied", "app_ref": app_ref, "observed": account["profile"]}


def apply_group(data):
    named = data["access_group"]
    app_ref = named.get("app_ref") or IDS.get(named["directory_id"]) or f"g_{len(GROUPS) + 1}"
    IDS[named["directory_id"]] = app_ref
    group = GROUPS.setdefault(app_ref, {"revision": 0})
    if data["revision"] >= group["revision"]:
        group.update(data["full"], revision=data["revision"])
    return {"outcome": "applied", "app_ref": app_ref}


def look(data):
    """Only `enroll sink check` asks this, to see what no message shows."""
    account = ACCOUNTS.get(IDS.get(data["account"]["directory_id"]))
    if account is None:
        return {}
    if data.get("customize"):
        account["own"] = {"visibilities": ["candidates"], "notifications": "never"}
    return {"observed": account["profile"], "may_enter": bool(account["sessions"]), "settings": account["own"]}


TYPES = {"account.apply": apply_account, "access_group.apply": apply_group, "check.account": look}


class Receiver(BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", -1

    def do_POST(self):
        status, reply = self.receive(self.rfile.read(int(self.headers.get("content-length", 0))))
        text = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def receive(self, body):
        if not is_signed(self.headers, body):
            return 401, {"message": "the signature does not fit"}
        try:
            message, key = json.loads(body), self.headers["webhook-id"]
            with LOCK:
                reply = ANSWERED.get(key) or json.loads(json.dumps(TYPES[message["type"]](message["data"])))
                if reply.get("outcome") == "applied":  # a refusal may be asked about again
                    ANSWERED[key] = reply
            return 200, reply
        except (KeyError, TypeError, ValueError) as error:
            return 400, {"message": f"not a message I know: {error!r}"}

    log_message = lambda *_: None


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print(f"receiving on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
