-- wrk: POST /users with a name of its own each time.
local count = 0
request = function()
  count = count + 1
  return wrk.format("POST", "/users", { ["Content-Type"] = "application/json" },
                    '{"name":"user ' .. count .. '"}')
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("bad=%d\n", e.connect + e.read + e.write + e.status + e.timeout))
end
