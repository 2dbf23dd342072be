#include "port.hpp"

#include <fleetman/api/access.hpp>
#include <fleetman/core/text.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <vector>

// Who may call what: the whole matrix, once more. A new route is added here with the least role that its caller needs.

using namespace fleetman;
using testing::port;

namespace {

using matrix = std::map<std::string, std::string>;

const matrix expected{
    {"get /", "open"},
    {"get /api/openapi.json", "open"},
    {"get /assets/{name}", "open"},
    {"get /healthz", "open"},
    {"get /metrics", "viewer"},
    {"get /readyz", "open"},

    {"delete /agents/{node}", "operator"},
    {"get /agents", "viewer"},
    {"get /agents/{node}", "viewer"},

    {"delete /buckets/{bucket}", "admin"},
    {"get /buckets", "viewer"},
    {"get /buckets/{bucket}", "viewer"},
    {"delete /buckets/{bucket}/folders/{prefix}", "admin"},
    {"delete /buckets/{bucket}/keys/{id}", "admin"},
    {"delete /buckets/{bucket}/objects/{key}", "admin"},
    {"get /buckets/{bucket}/keys", "viewer"},
    {"get /buckets/{bucket}/objects", "viewer"},
    {"get /buckets/{bucket}/objects/{key}", "viewer"},
    {"post /buckets", "admin"},
    {"post /buckets/{bucket}/keys", "admin"},
    {"put /buckets/{bucket}/objects/{key}", "admin"},
    {"post /buckets/{bucket}/check", "operator"},
    {"put /buckets/{bucket}", "admin"},

    {"delete /cells/{node}/{cell}", "operator"},
    {"delete /cells/{node}/{cell}/overrides/{path}", "operator"},
    {"delete /cells/{node}/{cell}/versions/{version}", "operator"},
    {"get /cells", "viewer"},
    {"get /cells/{node}/{cell}", "viewer"},
    {"get /cells/{node}/{cell}/overrides", "viewer"},
    {"get /cells/{node}/{cell}/overrides/{path}", "viewer"},
    {"get /cells/{node}/{cell}/preview", "viewer"},
    {"get /cells/{node}/{cell}/status", "viewer"},
    {"get /cells/{node}/{cell}/versions", "viewer"},
    {"get /cells/{node}/{cell}/versions/{version}", "viewer"},
    {"get /cells/{node}/{cell}/versions/{version}/files/{path}", "viewer"},
    {"patch /cells/{node}/{cell}", "operator"},
    {"patch /cells/{node}/{cell}/overrides/{path}", "operator"},
    {"post /cells", "operator"},
    {"post /cells/{node}/{cell}/adopt", "operator"},
    {"post /cells/{node}/{cell}/publish", "operator"},
    {"put /cells/{node}/{cell}/overrides/{path}", "operator"},

    {"get /events", "viewer"},
    {"get /overview", "viewer"},

    {"delete /manifests/{manifest}", "admin"},
    {"get /manifests", "viewer"},
    {"get /manifests/{manifest}", "viewer"},
    {"get /manifests/{manifest}/diff", "viewer"},
    {"post /manifests", "admin"},
    {"put /manifests/{manifest}", "admin"},

    {"delete /manifests/{manifest}/versions/{version}", "operator"},
    {"delete /manifests/{manifest}/versions/{version}/files/{path}", "operator"},
    {"get /manifests/{manifest}/versions", "viewer"},
    {"get /manifests/{manifest}/versions/{version}", "viewer"},
    {"get /manifests/{manifest}/versions/{version}/files/{path}", "viewer"},
    {"post /manifests/{manifest}/versions", "operator"},
    {"post /manifests/{manifest}/versions/{version}/files/{path}/copy", "operator"},
    {"post /manifests/{manifest}/versions/{version}/finalize", "operator"},
    {"post /manifests/{manifest}/versions/{version}/publish", "operator"},
    {"post /manifests/{manifest}/versions/{version}/service-file", "operator"},
    {"put /manifests/{manifest}/versions/{version}/files/{path}", "operator"},

    {"get /audit", "operator"},
    {"post /cleanup", "admin"},

    {"delete /recycle", "admin"},
    {"delete /recycle/{id}", "admin"},
    {"get /recycle", "viewer"},
    {"post /recycle/{id}/restore", "operator"},

    {"delete /operations/{id}", "operator"},
    {"get /operations", "viewer"},
    {"get /operations/{id}", "viewer"},

    {"delete /resource-profiles/{name}", "admin"},
    {"get /resource-profiles", "viewer"},
    {"get /resource-profiles/{name}", "viewer"},
    {"post /resource-profiles", "admin"},
    {"put /resource-profiles/{name}", "admin"},

    {"delete /session", "viewer"},
    {"get /session", "open"},
    {"post /session", "open"},
    {"post /session/password", "viewer"},

    {"delete /tokens/{id}", "viewer"},
    {"get /tokens", "viewer"},
    {"post /tokens", "viewer"},
};

// "get /cells/{node}/{cell}", without /api/v1 and the dots of a tail.
std::string name_of(const http::route& route)
{
    std::string path = route.pattern;
    if (path.starts_with("/api/v1"))
        path.erase(0, std::string_view("/api/v1").size());
    if (const std::size_t tail = path.find("...}"); tail != std::string::npos)
        path.erase(tail, 3);
    return lower_case(to_string(route.method)) + ' ' + path;
}

} // namespace

TEST_CASE_METHOD(port, "every route takes the least role that the matrix says", "[permissions]")
{
    matrix served;
    for (const auto& route : application.routes().routes())
        served[name_of(*route)] = to_string(api::least_for(*route));
    CHECK(served == expected);
}

TEST_CASE_METHOD(port, "the description says each route's least role, and which take no login", "[permissions]")
{
    for (const auto& route : application.routes().routes()) {
        const std::string path = described_path(route->pattern);
        if (path.empty())
            continue;
        const auto& operation = described.paths().at(path).at(lower_case(to_string(route->method))).as_object();
        const std::string least(to_string(api::least_for(*route)));
        const std::string said = least == "open" ? "Open: no login." : "Least role: " + least + '.';
        CAPTURE(route->pattern, said);
        CHECK(operation.at("description").as_string().find(said) != boost::json::string::npos);
        CHECK(operation.contains("security") == (least == "open"));
    }
}

TEST_CASE("each role may what the one below it may", "[permissions]")
{
    using api::access;
    using config::user_role;
    const std::map<user_role, std::vector<access>> allowed{
        {user_role::viewer, {access::open, access::viewer}},
        {user_role::operate, {access::open, access::viewer, access::operate}},
        {user_role::admin, {access::open, access::viewer, access::operate, access::admin}},
    };
    for (const auto& [role, those] : allowed)
        for (const access one : {access::open, access::viewer, access::operate, access::admin})
            CHECK(api::may(role, one) == (std::ranges::find(those, one) != those.end()));
}
