-- wrk: a shop's day: mostly reads, a tenth writes, some requests that are refused. Prints how many
-- answers were as they should be and how many were not.
local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

local json = { ["Content-Type"] = "application/json" }
local n = 0
function init(args)
  math.randomseed(os.time())
  wrong = 0
  right = 0
  first_wrong = ""
end
function request()
  n = n + 1
  local k = n % 20
  if k == 0 then return wrk.format("POST", "/users", json, '{"name":"user ' .. n .. '"}') end
  if k == 7 then
    return wrk.format("POST", "/orders", json, '{"user":1,"items":[{"product":"Book","quantity":2}]}')
  end
  if k == 9 then return wrk.format("GET", "/users/999999999999") end
  if k == 13 then return wrk.format("POST", "/users", json, '{"nam":1}') end
  if k < 6 then return wrk.format("GET", "/users?limit=20") end
  if k < 12 then return wrk.format("GET", "/orders/1") end
  if k < 16 then return wrk.format("GET", "/users/" .. (1 + n % 2)) end
  return wrk.format("GET", "/orders?user=1&limit=5")
end
function response(status, headers, body)
  if status == 200 or status == 201 or status == 404 or status == 422 then
    right = right + 1
  else
    wrong = wrong + 1
    if first_wrong == "" then first_wrong = status .. " " .. body end
  end
end
function done(summary, latency, requests)
  local e = summary.errors
  local wrong_in_all = e.connect + e.read + e.write + e.timeout
  local example = ""
  for _, thread in ipairs(threads) do
    wrong_in_all = wrong_in_all + thread:get("wrong")
    if example == "" then example = thread:get("first_wrong") end
  end
  io.write(string.format("p99_us=%d\n", latency:percentile(99)))
  io.write(string.format("bad=%d %s\n", wrong_in_all, example))
end
