-- Three ids with each priority in turn; every answer other than 200 is told.
local priorities = {"HIGH", "MEDIUM", "LOW"}
local sent = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

request = function()
  sent = sent + 1
  local body = string.format('{"ids": [%d, %d, 10000000000000000007], "priority": "%s"}',
    sent, sent + 1, priorities[sent % 3 + 1])
  return wrk.format(nil, nil, nil, body)
end

local pause = tonumber(os.getenv("PAUSE_MS")) or 0
if pause > 0 then
  -- From none to twice as long, so that the connections don't go in step.
  delay = function() return math.random(0, 2 * pause) end
end

done = function(summary, latency)
  print(string.format("%.0f requests/s, p99 %.1f ms, p99.9 %.1f ms, %d other than 2xx, %d socket errors",
    summary.requests / summary.duration * 1e6, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
