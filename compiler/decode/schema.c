// SPDX-License-Identifier: Apache-2.0
// The schema tables, in the order in which messages use one another.
#include "compiler/decode/schema.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- enums ---- */

static const char *const http_redirect_redirect_port_selection_names[] = {
    "FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT", NULL};
static const char *const cors_policy_unmatched_preflights_names[] = {"UNSPECIFIED", "FORWARD",
                                                                     "IGNORE", NULL};
static const char *const server_tls_settings_tl_smode_names[] = {
    "PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL", NULL};
static const char *const server_tls_settings_tls_protocol_names[] = {
    "TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3", NULL};

static const csc_field_schema string_match_fields[] = {
    {.name = "exact", .type = CSC_TYPE_STRING, .exclusive = true},
    {.name = "prefix", .type = CSC_TYPE_STRING, .exclusive = true},
    {.name = "regex", .type = CSC_TYPE_STRING, .exclusive = true},
};
static const csc_message string_match = {"StringMatch", string_match_fields,
                                         COUNT(string_match_fields), false};

static const csc_field_schema http_match_request_fields[] = {
    {.name = "name", .type = CSC_TYPE_STRING},
    {.name = "uri", .type = CSC_TYPE_MESSAGE, .message = &string_match},
    {.name = "scheme", .type = CSC_TYPE_MESSAGE, .message = &string_match},
    {.name = "method", .type = CSC_TYPE_MESSAGE, .message = &string_match},
    {.name = "authority", .type = CSC_TYPE_MESSAGE, .message = &string_match},
    {.name = "headers", .type = CSC_TYPE_MESSAGE, .shape = CSC_SHAPE_MAP, .message = &string_match},
    {.name = "port", .type = CSC_TYPE_UINT32},
    {.name = "sourceLabels", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "gateways", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "queryParams",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_MAP,
     .message = &string_match},
    {.name = "ignoreUriCase", .type = CSC_TYPE_BOOL},
    {.name = "withoutHeaders",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_MAP,
     .message = &string_match},
    {.name = "sourceNamespace", .type = CSC_TYPE_STRING},
    {.name = "statPrefix", .type = CSC_TYPE_STRING},
};
static const csc_message http_match_request = {"HTTPMatchRequest", http_match_request_fields,
                                               COUNT(http_match_request_fields), false};

static const csc_field_schema port_selector_fields[] = {
    {.name = "number", .type = CSC_TYPE_UINT32},
};
static const csc_message port_selector = {"PortSelector", port_selector_fields,
                                          COUNT(port_selector_fields), false};

static const csc_field_schema destination_fields[] = {
    {.name = "host", .type = CSC_TYPE_STRING},
    {.name = "subset", .type = CSC_TYPE_STRING},
    {.name = "port", .type = CSC_TYPE_MESSAGE, .message = &port_selector},
};
static const csc_message destination = {"Destination", destination_fields,
                                        COUNT(destination_fields), false};

static const csc_field_schema headers_header_operations_fields[] = {
    {.name = "set", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "add", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "remove", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
};
static const csc_message headers_header_operations = {
    "Headers.HeaderOperations", headers_header_operations_fields,
    COUNT(headers_header_operations_fields), false};

static const csc_field_schema headers_fields[] = {
    {.name = "request", .type = CSC_TYPE_MESSAGE, .message = &headers_header_operations},
    {.name = "response", .type = CSC_TYPE_MESSAGE, .message = &headers_header_operations},
};
static const csc_message headers = {"Headers", headers_fields, COUNT(headers_fields), false};

static const csc_field_schema http_route_destination_fields[] = {
    {.name = "destination", .type = CSC_TYPE_MESSAGE, .message = &destination},
    {.name = "weight", .type = CSC_TYPE_INT32},
    {.name = "headers", .type = CSC_TYPE_MESSAGE, .message = &headers},
};
static const csc_message http_route_destination = {"HTTPRouteDestination",
                                                   http_route_destination_fields,
                                                   COUNT(http_route_destination_fields), false};

static const csc_field_schema http_redirect_fields[] = {
    {.name = "uri", .type = CSC_TYPE_STRING},
    {.name = "authority", .type = CSC_TYPE_STRING},
    {.name = "port", .type = CSC_TYPE_UINT32, .exclusive = true},
    {.name = "derivePort",
     .type = CSC_TYPE_ENUM,
     .exclusive = true,
     .names = http_redirect_redirect_port_selection_names},
    {.name = "scheme", .type = CSC_TYPE_STRING},
    {.name = "redirectCode", .type = CSC_TYPE_UINT32},
    {.name = "prefixRewrite", .type = CSC_TYPE_STRING},
};
static const csc_message http_redirect = {"HTTPRedirect", http_redirect_fields,
                                          COUNT(http_redirect_fields), false};

static const csc_field_schema http_body_fields[] = {
    {.name = "string", .type = CSC_TYPE_STRING, .exclusive = true},
    {.name = "bytes", .type = CSC_TYPE_BYTES, .exclusive = true},
};
static const csc_message http_body = {"HTTPBody", http_body_fields, COUNT(http_body_fields), false};

static const csc_field_schema http_direct_response_fields[] = {
    {.name = "status", .type = CSC_TYPE_UINT32},
    {.name = "body", .type = CSC_TYPE_MESSAGE, .message = &http_body},
};
static const csc_message http_direct_response = {"HTTPDirectResponse", http_direct_response_fields,
                                                 COUNT(http_direct_response_fields), false};

static const csc_field_schema delegate_fields[] = {
    {.name = "name", .type = CSC_TYPE_STRING},
    {.name = "namespace", .type = CSC_TYPE_STRING},
};
static const csc_message delegate = {"Delegate", delegate_fields, COUNT(delegate_fields), false};

static const csc_field_schema regex_rewrite_fields[] = {
    {.name = "match", .type = CSC_TYPE_STRING},
    {.name = "rewrite", .type = CSC_TYPE_STRING},
};
static const csc_message regex_rewrite = {"RegexRewrite", regex_rewrite_fields,
                                          COUNT(regex_rewrite_fields), false};

static const csc_field_schema http_rewrite_fields[] = {
    {.name = "uri", .type = CSC_TYPE_STRING},
    {.name = "authority", .type = CSC_TYPE_STRING},
    {.name = "uriRegexRewrite", .type = CSC_TYPE_MESSAGE, .message = &regex_rewrite},
};
static const csc_message http_rewrite = {"HTTPRewrite", http_rewrite_fields,
                                         COUNT(http_rewrite_fields), false};

static const csc_field_schema http_retry_fields[] = {
    {.name = "attempts", .type = CSC_TYPE_INT32},
    {.name = "perTryTimeout", .type = CSC_TYPE_DURATION},
    {.name = "retryOn", .type = CSC_TYPE_STRING},
    {.name = "retryRemoteLocalities", .type = CSC_TYPE_BOOL},
    {.name = "retryIgnorePreviousHosts", .type = CSC_TYPE_BOOL},
    {.name = "backoff", .type = CSC_TYPE_DURATION},
};
static const csc_message http_retry = {"HTTPRetry", http_retry_fields, COUNT(http_retry_fields),
                                       false};

static const csc_field_schema percent_fields[] = {
    {.name = "value", .type = CSC_TYPE_DOUBLE},
};
static const csc_message percent = {"Percent", percent_fields, COUNT(percent_fields), false};

static const csc_field_schema http_fault_injection_delay_fields[] = {
    {.name = "percent", .type = CSC_TYPE_INT32},
    {.name = "fixedDelay", .type = CSC_TYPE_DURATION, .exclusive = true},
    {.name = "exponentialDelay", .type = CSC_TYPE_DURATION, .exclusive = true},
    {.name = "percentage", .type = CSC_TYPE_MESSAGE, .message = &percent},
};
static const csc_message http_fault_injection_delay = {
    "HTTPFaultInjection.Delay", http_fault_injection_delay_fields,
    COUNT(http_fault_injection_delay_fields), false};

static const csc_field_schema http_fault_injection_abort_fields[] = {
    {.name = "httpStatus", .type = CSC_TYPE_INT32, .exclusive = true},
    {.name = "grpcStatus", .type = CSC_TYPE_STRING, .exclusive = true},
    {.name = "http2Error", .type = CSC_TYPE_STRING, .exclusive = true},
    {.name = "percentage", .type = CSC_TYPE_MESSAGE, .message = &percent},
};
static const csc_message http_fault_injection_abort = {
    "HTTPFaultInjection.Abort", http_fault_injection_abort_fields,
    COUNT(http_fault_injection_abort_fields), false};

static const csc_field_schema http_fault_injection_fields[] = {
    {.name = "delay", .type = CSC_TYPE_MESSAGE, .message = &http_fault_injection_delay},
    {.name = "abort", .type = CSC_TYPE_MESSAGE, .message = &http_fault_injection_abort},
};
static const csc_message http_fault_injection = {"HTTPFaultInjection", http_fault_injection_fields,
                                                 COUNT(http_fault_injection_fields), false};

static const csc_field_schema http_mirror_policy_fields[] = {
    {.name = "destination", .type = CSC_TYPE_MESSAGE, .message = &destination},
    {.name = "percentage", .type = CSC_TYPE_MESSAGE, .message = &percent},
};
static const csc_message http_mirror_policy = {"HTTPMirrorPolicy", http_mirror_policy_fields,
                                               COUNT(http_mirror_policy_fields), false};

static const csc_field_schema cors_policy_fields[] = {
    {.name = "allowOrigin", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "allowOrigins",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &string_match},
    {.name = "allowMethods", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "allowHeaders", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "exposeHeaders", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "maxAge", .type = CSC_TYPE_DURATION},
    {.name = "allowCredentials", .type = CSC_TYPE_BOOL},
    {.name = "unmatchedPreflights",
     .type = CSC_TYPE_ENUM,
     .names = cors_policy_unmatched_preflights_names},
};
static const csc_message cors_policy = {"CorsPolicy", cors_policy_fields, COUNT(cors_policy_fields),
                                        false};

static const csc_field_schema http_route_fields[] = {
    {.name = "name", .type = CSC_TYPE_STRING},
    {.name = "match",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &http_match_request},
    {.name = "route",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &http_route_destination},
    {.name = "redirect", .type = CSC_TYPE_MESSAGE, .message = &http_redirect},
    {.name = "directResponse", .type = CSC_TYPE_MESSAGE, .message = &http_direct_response},
    {.name = "delegate", .type = CSC_TYPE_MESSAGE, .message = &delegate},
    {.name = "rewrite", .type = CSC_TYPE_MESSAGE, .message = &http_rewrite},
    {.name = "timeout", .type = CSC_TYPE_DURATION},
    {.name = "retries", .type = CSC_TYPE_MESSAGE, .message = &http_retry},
    {.name = "fault", .type = CSC_TYPE_MESSAGE, .message = &http_fault_injection},
    {.name = "mirror", .type = CSC_TYPE_MESSAGE, .message = &destination},
    {.name = "mirrors",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &http_mirror_policy},
    {.name = "mirrorPercent", .type = CSC_TYPE_UINT32},
    {.name = "mirrorPercentage", .type = CSC_TYPE_MESSAGE, .message = &percent},
    {.name = "corsPolicy", .type = CSC_TYPE_MESSAGE, .message = &cors_policy},
    {.name = "headers", .type = CSC_TYPE_MESSAGE, .message = &headers},
};
static const csc_message http_route = {"HTTPRoute", http_route_fields, COUNT(http_route_fields),
                                       false};

static const csc_field_schema tls_match_attributes_fields[] = {
    {.name = "sniHosts", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "destinationSubnets", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "port", .type = CSC_TYPE_UINT32},
    {.name = "sourceLabels", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "gateways", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "sourceNamespace", .type = CSC_TYPE_STRING},
};
static const csc_message tls_match_attributes = {"TLSMatchAttributes", tls_match_attributes_fields,
                                                 COUNT(tls_match_attributes_fields), false};

static const csc_field_schema route_destination_fields[] = {
    {.name = "destination", .type = CSC_TYPE_MESSAGE, .message = &destination},
    {.name = "weight", .type = CSC_TYPE_INT32},
};
static const csc_message route_destination = {"RouteDestination", route_destination_fields,
                                              COUNT(route_destination_fields), false};

static const csc_field_schema tls_route_fields[] = {
    {.name = "match",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &tls_match_attributes},
    {.name = "route",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &route_destination},
};
static const csc_message tls_route = {"TLSRoute", tls_route_fields, COUNT(tls_route_fields), false};

static const csc_field_schema l4_match_attributes_fields[] = {
    {.name = "destinationSubnets", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "port", .type = CSC_TYPE_UINT32},
    {.name = "sourceSubnet", .type = CSC_TYPE_STRING},
    {.name = "sourceLabels", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "gateways", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "sourceNamespace", .type = CSC_TYPE_STRING},
};
static const csc_message l4_match_attributes = {"L4MatchAttributes", l4_match_attributes_fields,
                                                COUNT(l4_match_attributes_fields), false};

static const csc_field_schema tcp_route_fields[] = {
    {.name = "match",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &l4_match_attributes},
    {.name = "route",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &route_destination},
};
static const csc_message tcp_route = {"TCPRoute", tcp_route_fields, COUNT(tcp_route_fields), false};

static const csc_field_schema virtual_service_fields[] = {
    {.name = "hosts", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "gateways", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "http", .type = CSC_TYPE_MESSAGE, .shape = CSC_SHAPE_LIST, .message = &http_route},
    {.name = "tls", .type = CSC_TYPE_MESSAGE, .shape = CSC_SHAPE_LIST, .message = &tls_route},
    {.name = "tcp", .type = CSC_TYPE_MESSAGE, .shape = CSC_SHAPE_LIST, .message = &tcp_route},
    {.name = "exportTo", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
};
const csc_message csc_schema_virtual_service = {"VirtualService", virtual_service_fields,
                                                COUNT(virtual_service_fields), false};

static const csc_field_schema port_fields[] = {
    {.name = "number", .type = CSC_TYPE_UINT32},
    {.name = "protocol", .type = CSC_TYPE_STRING},
    {.name = "name", .type = CSC_TYPE_STRING},
    {.name = "targetPort", .type = CSC_TYPE_UINT32},
};
static const csc_message port = {"Port", port_fields, COUNT(port_fields), false};

static const csc_field_schema server_tls_settings_tls_certificate_fields[] = {
    {.name = "serverCertificate", .type = CSC_TYPE_STRING},
    {.name = "privateKey", .type = CSC_TYPE_STRING},
    {.name = "caCertificates", .type = CSC_TYPE_STRING},
};
static const csc_message server_tls_settings_tls_certificate = {
    "ServerTLSSettings.TLSCertificate", server_tls_settings_tls_certificate_fields,
    COUNT(server_tls_settings_tls_certificate_fields), false};

static const csc_field_schema server_tls_settings_fields[] = {
    {.name = "httpsRedirect", .type = CSC_TYPE_BOOL},
    {.name = "mode", .type = CSC_TYPE_ENUM, .names = server_tls_settings_tl_smode_names},
    {.name = "serverCertificate", .type = CSC_TYPE_STRING},
    {.name = "privateKey", .type = CSC_TYPE_STRING},
    {.name = "caCertificates", .type = CSC_TYPE_STRING},
    {.name = "caCrl", .type = CSC_TYPE_STRING},
    {.name = "credentialName", .type = CSC_TYPE_STRING},
    {.name = "credentialNames", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "caCertCredentialName", .type = CSC_TYPE_STRING},
    {.name = "tlsCertificates",
     .type = CSC_TYPE_MESSAGE,
     .shape = CSC_SHAPE_LIST,
     .message = &server_tls_settings_tls_certificate},
    {.name = "subjectAltNames", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "verifyCertificateSpki", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "verifyCertificateHash", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "minProtocolVersion",
     .type = CSC_TYPE_ENUM,
     .names = server_tls_settings_tls_protocol_names},
    {.name = "maxProtocolVersion",
     .type = CSC_TYPE_ENUM,
     .names = server_tls_settings_tls_protocol_names},
    {.name = "cipherSuites", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "insecureSkipVerify", .type = CSC_TYPE_BOOL},
};
static const csc_message server_tls_settings = {"ServerTLSSettings", server_tls_settings_fields,
                                                COUNT(server_tls_settings_fields), false};

static const csc_field_schema server_fields[] = {
    {.name = "port", .type = CSC_TYPE_MESSAGE, .message = &port},
    {.name = "bind", .type = CSC_TYPE_STRING},
    {.name = "hosts", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_LIST},
    {.name = "tls", .type = CSC_TYPE_MESSAGE, .message = &server_tls_settings},
    {.name = "defaultEndpoint", .type = CSC_TYPE_STRING},
    {.name = "name", .type = CSC_TYPE_STRING},
};
static const csc_message server = {"Server", server_fields, COUNT(server_fields), false};

static const csc_field_schema gateway_fields[] = {
    {.name = "servers", .type = CSC_TYPE_MESSAGE, .shape = CSC_SHAPE_LIST, .message = &server},
    {.name = "selector", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
};
const csc_message csc_schema_gateway = {"Gateway", gateway_fields, COUNT(gateway_fields), false};

static const csc_field_schema metadata_fields[] = {
    {.name = "name", .type = CSC_TYPE_STRING},
    {.name = "namespace", .type = CSC_TYPE_STRING},
    {.name = "labels", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "annotations", .type = CSC_TYPE_STRING, .shape = CSC_SHAPE_MAP},
    {.name = "creationTimestamp", .type = CSC_TYPE_STRING},
    {.name = "generateName", .type = CSC_TYPE_STRING},
    {.name = "uid", .type = CSC_TYPE_STRING},
    {.name = "resourceVersion", .type = CSC_TYPE_STRING},
    {.name = "generation"},
    {.name = "selfLink"},
    {.name = "finalizers"},
    {.name = "ownerReferences"},
    {.name = "managedFields"},
    {.name = "deletionTimestamp"},
    {.name = "deletionGracePeriodSeconds"},
    {.name = "clusterName"},
};
const csc_message csc_schema_metadata = {"ObjectMeta", metadata_fields, COUNT(metadata_fields),
                                         true};

static const csc_message *const messages[] = {&string_match,
                                              &http_match_request,
                                              &port_selector,
                                              &destination,
                                              &headers_header_operations,
                                              &headers,
                                              &http_route_destination,
                                              &http_redirect,
                                              &http_body,
                                              &http_direct_response,
                                              &delegate,
                                              &regex_rewrite,
                                              &http_rewrite,
                                              &http_retry,
                                              &percent,
                                              &http_fault_injection_delay,
                                              &http_fault_injection_abort,
                                              &http_fault_injection,
                                              &http_mirror_policy,
                                              &cors_policy,
                                              &http_route,
                                              &tls_match_attributes,
                                              &route_destination,
                                              &tls_route,
                                              &l4_match_attributes,
                                              &tcp_route,
                                              &csc_schema_virtual_service,
                                              &port,
                                              &server_tls_settings_tls_certificate,
                                              &server_tls_settings,
                                              &server,
                                              &csc_schema_gateway};

const csc_message *csc_schema_owner(const char *name, size_t size)
{
    for (size_t i = 0; i < COUNT(messages); i++)
        for (size_t j = 0; j < messages[i]->field_count; j++)
            if (strlen(messages[i]->fields[j].name) == size &&
                memcmp(messages[i]->fields[j].name, name, size) == 0)
                return messages[i];
    return NULL;
}
