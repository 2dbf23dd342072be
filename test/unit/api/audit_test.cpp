#include "port.hpp"

#include <fleetman/api/access.hpp>
#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
namespace json = boost::json;

namespace {

struct watched : port
{
    watched() { app.keep_state().value(); }

    json::object newest() { return get("/audit?limit=1").body().at("items").at(0).as_object(); }
    std::string file() const
    {
        std::ifstream in(folder.path / "fleetman-state/audit.jsonl");
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

// A path that the pattern matches.
std::string sample_path(std::string pattern)
{
    for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{'))
        pattern.replace(open, pattern.find('}') - open + 1, "v9.9.9");
    return pattern;
}

json::value detail_of(const answer& given)
{
    return static_cast<unsigned>(given.code) >= 400 ? given.body().at("detail") : json::value();
}

} // namespace

TEST_CASE_METHOD(
    watched, "of every change the audit log has who, when, from where, what, and the result", "[api][audit]")
{
    std::size_t changes = 0;
    for (const auto& route : application.routes().routes()) {
        if (route->method == verb::get || api::least_for(*route) == api::access::open)
            continue;
        time.time += 1s;
        peer = "192.0.2." + std::to_string(++changes) + ":50000";
        const std::string path = sample_path(route->pattern);
        const answer given = call(route->method, path, "{}");
        const json::object entry = newest();
        INFO(to_string(route->method) << ' ' << path << ": " << json::serialize(entry));
        CHECK(entry.at("who") == "local");
        CHECK(entry.at("from").as_string() == peer.substr(0, peer.find(':')));
        CHECK(entry.at("when").as_string() == rfc3339_millis(time.time));
        CHECK(entry.at("what").as_string() == std::string(to_string(route->method)) + ' ' + path);
        CHECK(entry.at("status") == static_cast<unsigned>(given.code));
        CHECK(entry.at("ended_at").as_string() == rfc3339_millis(time.time));
        CHECK(entry.at("error") == detail_of(given));
        const std::string operations = "/api/v1/operations/";
        const std::string location = given.field("Location");
        if (location.starts_with(operations))
            CHECK(entry.at("operation").as_string() == location.substr(operations.size()));
        else
            CHECK(entry.at("operation").is_null());
    }
    CHECK(changes > 30);
}

TEST_CASE_METHOD(watched, "what succeeds is in the audit log as what is refused is", "[api][audit]")
{
    configure();
    CHECK(newest().at("what") == "POST /api/v1/cells");
    CHECK(newest().at("status") == 201);
    CHECK(newest().at("error").is_null());
    finalize();
    const answer published = post("/cells/node01/www/publish?wait=10", R"({"version":"v1.0.0"})");
    REQUIRE(published.code == status::ok);
    CHECK(newest().at("operation") == published.body().at("id"));
    CHECK(post("/cells", R"({"node_id":"node01","cell_id":"www","bucket":"main","manifest":"site"})").code ==
          status::conflict);
    CHECK(newest().at("status") == 409);
    CHECK(newest().at("error").as_string().find("node01/www") != std::string::npos);
}

TEST_CASE_METHOD(watched, "a rehearsal and force are told, and nothing of what was sent", "[api][audit]")
{
    configure();
    CHECK(put("/manifests/site?dry_run=true", R"({"bucket":"main","profile":"deploy","files":[]})").code == status::ok);
    CHECK(newest().at("what") == "PUT /api/v1/manifests/site?dry_run=true");
    remove("/cells/node01/www/versions/v1.0.0?force=true&token=hush");
    CHECK(newest().at("what") == "DELETE /api/v1/cells/node01/www/versions/v1.0.0?force=true");
    CHECK(file().find("top-secret") == std::string::npos); // the connection's
    CHECK(file().find("AKIAEXAMPLE") == std::string::npos);
    CHECK(file().find("hush") == std::string::npos);
}
