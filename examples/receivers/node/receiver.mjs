// Receives accounts from enroll, with Node's standard library alone.
//
//     ENROLL_SINK_SECRET=whsec_… node receiver.mjs 9000
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secrets = process.env.ENROLL_SINK_SECRET.split(" ").filter(Boolean);
const keys = secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ""), "base64"));
const accounts = new Map(); // app_ref -> account
const groups = new Map(); // app_ref -> access group
const ids = new Map(); // directory_id -> app_ref
const answered = new Map(); // webhook-id -> answer; a table may forget them after 30 days

/** The message is fresh, and one of its signatures fits one of our keys (two during a rotation). */
function isSigned(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": given = "" } = headers;
  if (!/^\d+$/.test(time ?? "") || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const sign = (key) => createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64");
  const fits = keys.map((key) => Buffer.from(`v1,${sign(key)}`));
  const parts = given.split(" ").map((part) => Buffer.from(part));
  return fits.some((ours) => parts.some((theirs) => ours.length === theirs.length && timingSafeEqual(ours, theirs)));
}

// Everything below runs without waiting, so nothing comes between: a database has transactions.
function applyAccount({ account: named, full, revision }) {
  if (full.access_groups.some((group) => !groups.has(group)))
    return { outcome: "rejected", code: "unknown_group", message: "there is no such access group" };
  const appRef = named.app_ref ?? ids.get(named.directory_id) ?? `u_${accounts.size + 1}`;
  for (const [other, { profile }] of accounts)
    if (other !== appRef && full.email && profile.email === full.email) return { outcome: "exists", app_ref: other };
  ids.set(named.directory_id, appRef);
  // `own` is what people set by hand: no message ever touches it.
  if (!accounts.has(appRef)) accounts.set(appRef, { profile: {}, revision: 0, sessions: ["s_1"], own: {} });
  const account = accounts.get(appRef);
  if (revision >= account.revision) { // a lower one is late, and changes nothing
    account.revision = revision;
    Object.assign(account.profile, full); // what `full` does not say stays
    if (!full.active) account.sessions = []; // sessions, API keys, running jobs: ended before we answer
  }
  return { outcome: "applied", app_ref: appRef, observed: account.profile };
}

function applyGroup({ access_group: named, full, revision }) {
  const appRef = named.app_ref ?? ids.get(named.directory_id) ?? `g_${groups.size + 1}`;
  ids.set(named.directory_id, appRef);
  const group = groups.get(appRef) ?? { revision: 0 };
  if (revision >= group.revision) groups.set(appRef, { ...group, ...full, revision });
  return { outcome: "applied", app_ref: appRef };
}

/** Only `enroll sink check` asks this, to see what no message shows. */
function look({ account: named, customize }) {
  const account = accounts.get(ids.get(named.directory_id));
  if (!account) return {};
  if (customize) account.own = { visibilities: ["candidates"], notifications: "never" };
  return { observed: account.profile, may_enter: account.sessions.length > 0, settings: account.own };
}

const types = { "account.apply": applyAccount, "access_group.apply": applyGroup, "check.account": look };

function receive(headers, body) {
  if (!isSigned(headers, body)) return [401, { message: "the signature does not fit" }];
  const id = headers["webhook-id"];
  try {
    const { type, data } = JSON.parse(body);
    if (!Object.hasOwn(types, type)) return [400, { message: "no type of message I know" }];
    const reply = answered.get(id) ?? structuredClone(types[type](data));
    if (reply.outcome === "applied") answered.set(id, reply); // a refusal may be asked about again
    return [200, reply];
  } catch (error) {
    return [400, { message: `not a message I know: ${error.message}` }];
  }
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [status, reply] = receive(request.headers, Buffer.concat(chunks));
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply));
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`receiving on http://127.0.0.1:${server.address().port}/`);
});
process.on("SIGTERM", () => process.exit(0));
