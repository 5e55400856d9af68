-- wrk: POST /orders of one book.
request = function()
  return wrk.format("POST", "/orders", { ["Content-Type"] = "application/json" },
                    '{"user":1,"product":"Book"}')
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("bad=%d\n", e.connect + e.read + e.write + e.status + e.timeout))
end
