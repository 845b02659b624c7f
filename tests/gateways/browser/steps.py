# SPDX-License-Identifier: Apache-2.0
"""The tutorial, step by step. The first three run in this order; each asserts both sides: what the
script in the page could read or the sentence on the console, and what reached the service."""

import time

import policies
from tutorial import NO_ORIGIN, PREFLIGHT, expect


def no_policy_blocks_reading(t):
    t.visit()
    t.blocked(t.api("/details/0"), NO_ORIGIN)
    expect(t.backend.methods("/details/0") == ["GET"], "CORS does not keep the request itself away")


def no_policy_blocks_the_preflight(t):
    t.visit()
    t.blocked(t.api("/details/0"), PREFLIGHT + NO_ORIGIN, {"method": "PUT"})
    expect(t.backend.methods("/details/0") == ["OPTIONS"], "the service gets the preflight")


def policy_edited_while_nginx_runs(t):
    t.gateway.write_policy(policies.with_cors(t.page))
    expect(t.gateway.wait_until(lambda: t.gateway.allows(t.page, "/details/0") == [t.page]),
           "the edited policy is not served: " + t.gateway.errors()[-800:])
    t.visit()
    result = t.readable(t.api("/details/0"))
    expect("Shakespeare" in result["body"], f"unexpected body {result['body']}")


def put_with_a_custom_header(t):
    t.visit()
    t.readable(t.api("/details/1"), {"method": "PUT", "headers": {"x-custom": "1"}, "body": "{}"})
    expect(t.backend.methods("/details/1") == ["PUT"], "the gateway answers the preflight itself")
    logged = t.gateway.decisions("/details/1")
    expect(logged == [("OPTIONS", "preflight-allowed"), ("PUT", "allowed")], f"logged {logged}")


def exposed_headers_are_readable_others_not(t):
    t.visit()
    result = t.readable(t.api("/details/0"), read=["x-revision", "x-secret", "content-type"])
    expect(result["headers"] == {"x-revision": "7", "x-secret": None,
                                 "content-type": "application/json"}, f"read {result['headers']}")


def another_origin_is_blocked(t):
    t.visit("evil.localhost")
    t.blocked(t.api("/details/0"), NO_ORIGIN)


def another_origins_preflight_is_forwarded(t):
    t.visit("evil.localhost")
    t.blocked(t.api("/details/2"), PREFLIGHT + NO_ORIGIN, {"method": "PUT"})
    expect(t.backend.methods("/details/2") == ["OPTIONS"], "unmatched preflights are forwarded")


def ignored_preflight_is_answered_without_a_grant(t):
    t.visit("evil.localhost")
    t.blocked(t.api("/ignored/0"), PREFLIGHT + NO_ORIGIN, {"method": "PUT"})
    expect(t.backend.methods("/ignored/0") == [], "unmatchedPreflights: IGNORE")
    logged = t.gateway.decisions("/ignored/0")
    expect(logged == [("OPTIONS", "preflight-denied")], f"logged {logged}")


def the_port_is_part_of_the_origin(t):
    t.visit()
    t.blocked(t.api("/no-port/0"), NO_ORIGIN)


def a_prefix_forgives_the_port(t):
    t.visit()
    t.readable(t.api("/prefix/0"))


def a_regex_names_many_origins(t):
    t.visit("other.localhost")
    t.readable(t.api("/pattern/0"))
    t.visit("other-1.localhost")
    t.blocked(t.api("/pattern/0"), NO_ORIGIN)


def addresses_with_ports_are_origins_too(t):
    """http://127.0.0.1:A reads from http://127.0.0.1:B only if A is in the policy."""
    page = f"http://127.0.0.1:{t.gateway.frontend}"
    t.browser.go(page)
    t.blocked(t.api("/details/0", "127.0.0.1"), NO_ORIGIN)
    t.gateway.write_policy(policies.with_cors(page))
    expect(t.gateway.wait_until(lambda: t.gateway.allows(page, "/details/0") == [page]),
           "the second edit is not served")
    t.readable(t.api("/details/0", "127.0.0.1"))
    t.gateway.write_policy(policies.with_cors(t.page))
    expect(t.gateway.wait_until(lambda: t.gateway.allows(t.page, "/details/0") == [t.page]),
           "the third edit is not served")


def a_method_that_is_not_allowed(t):
    t.visit()
    t.blocked(t.api("/details/3"),
              "Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.",
              {"method": "DELETE"})
    expect(t.backend.methods("/details/3") == [], "the gateway answers, the browser refuses (C-11)")


def a_header_that_is_not_allowed(t):
    t.visit()
    t.blocked(t.api("/details/4"), "Request header field x-other is not allowed by "
              "Access-Control-Allow-Headers in preflight response.",
              {"headers": {"x-other": "1"}})


def credentials_need_the_policys_consent(t):
    t.visit()
    t.blocked(t.api("/details/0"), "The value of the 'Access-Control-Allow-Credentials' header in "
              "the response is '' which must be 'true' when the request's credentials mode is "
              "'include'.", {"credentials": "include"})


def credentials_are_sent_and_readable(t):
    """Another port of the same host is another origin, but the same site: cookies travel."""
    t.visit()
    t.browser.run("document.cookie = 'session=abc; path=/'; arguments[0](1);")
    t.readable(t.api("/credentials/0", "app.localhost"), {"credentials": "include"})
    expect([cookie for _, _, cookie in t.backend.seen] == ["session=abc"], f"{t.backend.seen}")
    t.readable(t.api("/credentials/0", "app.localhost"), {"credentials": "omit"})
    expect([cookie for _, _, cookie in t.backend.seen] == [None], f"{t.backend.seen}")


def wildcard_with_credentials_is_open_to_everyone(t):
    """Envoy echoes the origin where others send *, so that no browser refuses (C-9, C-12)."""
    t.visit("evil.localhost")
    t.readable(t.api("/wildcard/0"), {"credentials": "include"})


def a_services_own_star_is_no_grant_for_credentials(t):
    t.visit()
    t.blocked(t.api("/open/0?send=access-control-allow-origin:*"), "must not be the wildcard '*' "
              "when the request's credentials mode is 'include'.", {"credentials": "include"})


def one_grant_whatever_the_service_sends(t):
    t.visit()
    t.readable(t.api("/details/0?send=access-control-allow-origin:*"
                     "&send=access-control-allow-origin:http://x.test"))


def errors_of_the_service_are_readable(t):
    t.visit()
    t.readable(t.api("/details/0?status=503"), status=503)


def errors_of_the_gateway_are_readable(t):
    t.visit()
    t.readable(t.api("/dead/0"), status=502)


def max_age_saves_the_second_preflight(t):
    t.visit()
    for _ in range(2):
        t.readable(t.api("/cached/0"), {"method": "PUT"})
    logged = t.gateway.decisions("/cached/0")
    expect(logged == [("OPTIONS", "preflight-allowed"), ("PUT", "allowed"), ("PUT", "allowed")],
           f"logged {logged}")


def a_preflight_expires(t):
    t.visit()
    t.readable(t.api("/stale/0"), {"method": "PUT"})
    time.sleep(1.5)  # maxAge is 1s
    t.readable(t.api("/stale/0"), {"method": "PUT"})
    methods = [method for method, _ in t.gateway.decisions("/stale/0")]
    expect(methods == ["OPTIONS", "PUT", "OPTIONS", "PUT"], f"logged {methods}")


def a_broken_edit_leaves_the_policy_as_it_was(t):
    t.gateway.write_policy(policies.with_cors(t.page).replace("maxAge: 24h", "maxAge: soon"))
    expect(t.gateway.wait_until(lambda: "is not a duration" in t.gateway.errors()),
           "the broken edit is not in nginx's log")
    t.visit()
    t.readable(t.api("/details/0"))


def a_policy_taken_away_blocks_again(t):
    t.gateway.write_policy(policies.without_cors())
    expect(t.gateway.wait_until(lambda: t.gateway.allows(t.page, "/details/0") is None),
           "the policy is still served")
    t.visit()
    t.blocked(t.api("/details/0"), NO_ORIGIN)


STEPS = [
    no_policy_blocks_reading,
    no_policy_blocks_the_preflight,
    policy_edited_while_nginx_runs,
    put_with_a_custom_header,
    exposed_headers_are_readable_others_not,
    another_origin_is_blocked,
    another_origins_preflight_is_forwarded,
    ignored_preflight_is_answered_without_a_grant,
    the_port_is_part_of_the_origin,
    a_prefix_forgives_the_port,
    a_regex_names_many_origins,
    addresses_with_ports_are_origins_too,
    a_method_that_is_not_allowed,
    a_header_that_is_not_allowed,
    credentials_need_the_policys_consent,
    credentials_are_sent_and_readable,
    wildcard_with_credentials_is_open_to_everyone,
    a_services_own_star_is_no_grant_for_credentials,
    one_grant_whatever_the_service_sends,
    errors_of_the_service_are_readable,
    errors_of_the_gateway_are_readable,
    max_age_saves_the_second_preflight,
    a_preflight_expires,
    a_broken_edit_leaves_the_policy_as_it_was,
    a_policy_taken_away_blocks_again,
]
