# Receives accounts from enroll, with Ruby's standard library alone.
#
#     ENROLL_SINK_SECRET=whsec_… ruby receiver.rb 9000
require "json"
require "openssl"
require "socket"

KEYS = ENV.fetch("ENROLL_SINK_SECRET").split.map { |secret| secret.delete_prefix("whsec_").unpack1("m") }
LOCK = Mutex.new # a database has transactions: one for each message
ACCOUNTS = {} # app_ref => account
GROUPS = {} # app_ref => access group
IDS = {} # directory_id => app_ref
ANSWERED = {} # webhook-id => answer; a table may forget them after 30 days

# The message is fresh, and one of its signatures fits one of our keys (two during a rotation).
def signed?(headers, body)
  time = Integer(headers["webhook-timestamp"], 10, exception: false)
  return false if time.nil? || (Time.now.to_i - time).abs > 300

  text = "#{headers["webhook-id"]}.#{headers["webhook-timestamp"]}.".b + body
  fits = KEYS.map { |key| "v1,#{[OpenSSL::HMAC.digest("SHA256", key, text)].pack("m0")}" }
  given = headers.fetch("webhook-signature", "").split
  fits.any? { |ours| given.any? { |theirs| OpenSSL.secure_compare(ours, theirs) } }
end

def apply_account(data)
  full, named = data.fetch("full"), data.fetch("account")
  unless full.fetch("access_groups").all? { |group| GROUPS.key?(group) }
    return { outcome: "rejected", code: "unknown_group", message: "there is no such access group" }
  end

  app_ref = named["app_ref"] || IDS[named.fetch("directory_id")] || "u_#{ACCOUNTS.size + 1}"
  taken = ACCOUNTS.find { |ref, held| ref != app_ref && full["email"] && held[:profile]["email"] == full["email"] }
  return { outcome: "exists", app_ref: taken.first } if taken

  IDS[named["directory_id"]] = app_ref
  # `own` is what people set by hand: no message ever touches it.
  account = ACCOUNTS[app_ref] ||= { profile: {}, revision: 0, sessions: ["s_1"], own: {} }
  if data.fetch("revision") >= account[:revision] # a lower one is late, and changes nothing
    account[:revision] = data["revision"]
    account[:profile].update(full) # what `full` does not say stays
    account[:sessions].clear unless full.fetch("active") # sessions, API keys, jobs: ended before we answer
  end
  { outcome: "applied", app_ref: app_ref, observed: account[:profile] }
end

def apply_group(data)
  named = data.fetch("access_group")
  app_ref = named["app_ref"] || IDS[named.fetch("directory_id")] || "g_#{GROUPS.size + 1}"
  IDS[named["directory_id"]] = app_ref
  group = GROUPS[app_ref] ||= { "revision" => 0 }
  group.update(data.fetch("full"), "revision" => data["revision"]) if data.fetch("revision") >= group["revision"]
  { outcome: "applied", app_ref: app_ref }
end

# Only `enroll sink check` asks this, to see what no message shows.
def look(data)
  account = ACCOUNTS[IDS[data.fetch("account").fetch("directory_id")]] or return {}
  account[:own] = { visibilities: ["candidates"], notifications: "never" } if data["customize"]
  { observed: account[:profile], may_enter: account[:sessions].any?, settings: account[:own] }
end

TYPES = { "account.apply" => :apply_account, "access_group.apply" => :apply_group, "check.account" => :look }.freeze

def receive(headers, body)
  return [401, JSON.generate(message: "the signature does not fit")] unless signed?(headers, body)

  message = JSON.parse(body)
  apply = TYPES.fetch(message.fetch("type"))
  id = headers.fetch("webhook-id")
  LOCK.synchronize do
    reply = ANSWERED[id] || JSON.parse(JSON.generate(send(apply, message.fetch("data"))))
    ANSWERED[id] = reply if reply["outcome"] == "applied" # a refusal may be asked about again
    [200, JSON.generate(reply)]
  end
rescue JSON::ParserError, KeyError, TypeError, NoMethodError => error
  [400, JSON.generate(message: "not a message I know: #{error.class}")]
end

# As much of HTTP as enroll speaks: Ruby's own server is no part of its standard library any more.
def serve(socket)
  while socket.gets
    headers = {}
    while (line = socket.gets) && line != "\r\n"
      name, value = line.chomp.split(":", 2)
      headers[name.downcase] = value.strip
    end
    status, text = receive(headers, socket.read(headers.fetch("content-length", "0").to_i) || "".b)
    socket.write("HTTP/1.1 #{status} -\r\ncontent-type: application/json\r\ncontent-length: #{text.bytesize}\r\n\r\n", text)
  end
ensure
  socket.close
end

trap("TERM") { exit!(0) }
server = TCPServer.new("127.0.0.1", Integer(ARGV.fetch(0)))
puts "receiving on http://127.0.0.1:#{server.addr[1]}/"
$stdout.flush
loop { Thread.start(server.accept) { |socket| serve(socket) } }
