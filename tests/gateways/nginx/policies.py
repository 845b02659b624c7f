# SPDX-License-Identifier: Apache-2.0
"""Small policies for the tests of directives, and what a request to them looks like."""

GATEWAY = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
"""

SERVICE = """---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: app}
spec:
  hosts: [shop.test]
  gateways: [istio-system/public]
  http:
  - name: closed
    match: [{uri: {prefix: /closed}}]
    corsPolicy: {allowOrigins: [{exact: ORIGIN}], allowMethods: [PUT], unmatchedPreflights: IGNORE}
    route: [{destination: {host: backend}}]
  - name: plain
    match: [{uri: {prefix: /plain}}]
    route: [{destination: {host: backend}}]
  - name: open
    corsPolicy:
      allowOrigins: [{exact: ORIGIN}, {regex: "https://[a-z]+\\\\.ORIGIN_HOST"}]
      allowMethods: [GET, PUT]
      allowHeaders: [x-custom]
      exposeHeaders: [x-shown]
      maxAge: 60s
      allowCredentials: true
    route: [{destination: {host: backend}}]
"""

ORIGIN = "https://good.test"
OTHER = "https://other.test"


def text(origin=ORIGIN):
    """One gateway and one VirtualService that admits an origin."""
    return GATEWAY + SERVICE.replace("ORIGIN_HOST", origin.partition("://")[2].replace(".", "\\\\.")).replace("ORIGIN", origin)


def broken(origin=ORIGIN):
    """The same, with a duration that no duration is: the VirtualService is quarantined."""
    return text(origin).replace("maxAge: 60s", "maxAge: 1 day")
