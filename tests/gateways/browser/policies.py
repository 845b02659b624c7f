# SPDX-License-Identifier: Apache-2.0
"""The VirtualServices of the browser test. {page} is the origin of the allowed page."""

GATEWAY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: shop, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
---
"""

SERVICE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: details, namespace: default}
spec:
  hosts: ["*"]
  gateways: [shop]
  http:
"""

ROUTE = """\
  - match: [{uri: {prefix: %s}}]
    route: [{destination: {host: details, port: {number: 9080}}}]
"""

LAST = """\
  - route: [{destination: {host: details, port: {number: 9080}}}]
"""

# Path to corsPolicy; every path is a route of its own.
CORS = {
    "/details": """
      allowOrigins: [{exact: "PAGE"}]
      allowMethods: [GET, POST, PUT]
      allowHeaders: [x-custom, content-type]
      exposeHeaders: [x-revision]
      maxAge: 24h""",
    "/credentials": """
      allowOrigins: [{exact: "PAGE"}]
      allowCredentials: true""",
    "/wildcard": """
      allowOrigins: [{exact: "*"}]
      allowMethods: [GET]
      allowCredentials: true""",
    "/no-port": """
      allowOrigins: [{exact: "PORTLESS"}]
      allowMethods: [GET]""",
    "/prefix": """
      allowOrigins: [{prefix: "PORTLESS"}]
      allowMethods: [GET]""",
    "/pattern": """
      allowOrigins: [{regex: 'http://[a-z]+\\.localhost:[0-9]+'}]
      allowMethods: [GET]""",
    "/cached": """
      allowOrigins: [{exact: "PAGE"}]
      allowMethods: [PUT]
      maxAge: 1h""",
    "/stale": """
      allowOrigins: [{exact: "PAGE"}]
      allowMethods: [PUT]
      maxAge: 1s""",
    "/ignored": """
      allowOrigins: [{exact: "PAGE"}]
      unmatchedPreflights: IGNORE""",
    "/dead": """
      allowOrigins: [{exact: "PAGE"}]""",
}


def without_cors():
    return GATEWAY + SERVICE + LAST


def with_cors(page):
    """All routes with their policies; PORTLESS is the page's origin without its port."""
    text = GATEWAY + SERVICE
    for path, cors in CORS.items():
        filled = cors.replace("PAGE", page).replace("PORTLESS", page.rsplit(":", 1)[0])
        text += ROUTE % path + "    corsPolicy:" + filled + "\n"
    return text + LAST
