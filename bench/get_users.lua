-- wrk: GET, and a line with the number of answers that were not 2xx or 3xx, or failed.
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("bad=%d\n", e.connect + e.read + e.write + e.status + e.timeout))
end
