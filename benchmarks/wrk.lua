-- What wrk sends, and how it tells what it measured (wrk.ts). The body is a file, since an argument cannot be large; figures
-- are JSON instead of numbers with rounded units.
local file = assert(io.open(os.getenv("WRK_BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()

local requests = {}
local turn = 0

function init()
  for path in (os.getenv("WRK_PATHS") or ""):gmatch("[^\n]+") do
    requests[#requests + 1] = wrk.format(nil, path)
  end
  if #requests == 0 then requests[1] = wrk.format() end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'FIGURES {"replies":%d,"us":%d,"p50Us":%d,"p90Us":%d,"p99Us":%d,"p999Us":%d,"badReplies":%d,"brokenConnections":%d}\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
