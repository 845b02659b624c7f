-- SPDX-License-Identifier: Apache-2.0
-- wrk script: GET and preflight by turns; every answer must belong wholly to policy A or to policy B.
local origin = "http://app.localhost:8080"
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  wrong, of_a, of_b, sent = 0, 0, 0, 0
  first_wrong = ""
  simple = wrk.format("GET", "/direct", { ["Origin"] = origin })
  preflight = wrk.format("OPTIONS", "/direct",
    { ["Origin"] = origin, ["Access-Control-Request-Method"] = "PUT" })
end

function request()
  sent = sent + 1
  return sent % 4 == 0 and preflight or simple
end

-- Which policy these headers come from; nil for a mixture, or for none.
local function policy_of(headers)
  local found = {}
  for name, value in pairs(headers) do found[string.lower(name)] = value end
  if found["access-control-allow-origin"] ~= origin then return nil end
  local expose = found["access-control-expose-headers"]
  local methods, age = found["access-control-allow-methods"], found["access-control-max-age"]
  if methods == nil and age == nil then
    return (expose == "x-a" and "a") or (expose == "x-b" and "b") or nil
  end
  if methods == "GET,PUT" and age == "60" and expose == "x-a" then return "a" end
  if methods == "GET,PUT,DELETE" and age == "120" and expose == "x-b" then return "b" end
  return nil
end

function response(status, headers)
  local policy = status == 200 and policy_of(headers) or nil
  if policy == "a" then
    of_a = of_a + 1
  elseif policy == "b" then
    of_b = of_b + 1
  else
    wrong = wrong + 1
    if first_wrong == "" then
      first_wrong = tostring(status)
      for name, value in pairs(headers) do first_wrong = first_wrong .. " " .. name .. "=" .. value end
    end
  end
end

function done(summary)
  local total = { wrong = 0, of_a = 0, of_b = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(total) do total[name] = total[name] + thread:get(name) end
    local text = thread:get("first_wrong")
    if text ~= "" then io.write("first wrong: ", text, "\n") end
  end
  local errors = summary.errors
  io.write(string.format("result requests=%d a=%d b=%d wrong=%d status=%d connect=%d read=%d write=%d timeout=%d\n",
    summary.requests, total.of_a, total.of_b, total.wrong, errors.status, errors.connect, errors.read,
    errors.write, errors.timeout))
end
