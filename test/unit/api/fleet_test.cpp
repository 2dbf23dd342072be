#include "port.hpp"

#include <fleetman/control/editing.hpp>
#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::follower;
using testing::run;
namespace json = boost::json;

namespace {

struct fleet_port : testing::port
{
    fleet_port()
    {
        run(control::save_bucket(
                app.names, model::bucket_name::parse("main").value(), connection("fleet"), control::writing::create))
            .value();
        model::manifest content;
        content.files = {{.path = model::file_path::parse("a").value(), .type = model::file_type::text}};
        content.profile = model::run_profile::deploy;
        content.bucket = "main";
        run(control::save_manifest(
                app.names, model::manifest_name::parse("site").value(), content, control::writing::create))
            .value();
    }

    answer get_if_changed(const std::string& path, const std::string& tag)
    {
        return get(path, {{"If-None-Match", tag}});
    }
    using testing::controller::put;
    void beat(const std::string& node, std::int64_t age, const std::string& cells = "")
    {
        time.time += 1s;
        put("prod/agents/" + node + ".json", R"({"report_timestamp":)" + std::to_string(unix_seconds(time.time) - age) +
                                                 R"(,"node_id":")" + node + R"(","cells":[)" + cells + "]}");
    }
    void refresh() { run(app.fleet.refresh()); }
    std::string names(const json::value& page, const char* of)
    {
        std::string all;
        for (const json::value& one : page.at("items").as_array())
            all += std::string(one.at(of).as_string()) + ' ';
        return all;
    }
};

std::string event_of(const answer& list)
{
    return std::string(list.body().at("event").as_string());
}

} // namespace

TEST_CASE_METHOD(fleet_port, "agents are filtered, and paged to the last one", "[api][fleet]")
{
    for (int i = 0; i < 25; ++i)
        beat("node" + std::to_string(10 + i), i % 2 == 0 ? 0 : 300);
    refresh();

    std::string all;
    json::value next = "";
    for (int pages = 0; !next.is_null(); ++pages) {
        REQUIRE(pages < 4);
        const std::string after = next.as_string().empty() ? "" : "&after=" + std::string(next.as_string());
        const json::value page = get("/agents?limit=10" + after).body();
        all += names(page, "node_id");
        next = page.at("next");
    }
    std::string expected;
    for (int i = 0; i < 25; ++i)
        expected += "node" + std::to_string(10 + i) + ' ';
    CHECK(all == expected);
    CHECK(get("/agents?limit=25").body().at("next").is_null());
    CHECK(names(get("/agents?state=warning&q=node1").body(), "node_id") == "node11 node13 node15 node17 node19 ");
    CHECK(names(get("/agents?state=warning,dead&limit=2").body(), "node_id") == "node11 node13 ");
    CHECK(get("/agents?state=happy").code == status::unprocessable_entity);
}

TEST_CASE_METHOD(
    fleet_port, "a list is told unchanged until something in it changes, age alone included", "[api][fleet]")
{
    beat("node01", 0);
    refresh();
    const answer first = get("/agents");
    const std::string tag = first.field("ETag");
    CHECK(first.field("Age") == "0");

    time.time += 10s;
    CHECK(get_if_changed("/agents", tag).code == status::not_modified);
    CHECK(get("/agents").field("Age") == "10");
    CHECK(get("/agents").text == first.text);
    refresh(); // finds nothing new
    CHECK(get_if_changed("/agents", tag).code == status::not_modified);
    CHECK(get("/agents").body().at("as_of").as_string() == rfc3339_millis(time.time));
    CHECK(get("/agents").body().at("items") == first.body().at("items"));

    time.time += 180s;
    CHECK(get_if_changed("/agents", tag).code == status::ok);
    CHECK(get("/agents").body().at("items").at(0).at("state") == "warning");
}

TEST_CASE_METHOD(fleet_port, "a clock that is off is shown with the agent", "[api][fleet]")
{
    beat("ahead", -100);
    beat("right", 20);
    refresh();
    CHECK(get("/agents/ahead").body().at("clock_skew_seconds") == 100);
    CHECK(get("/agents/right").body().at("clock_skew_seconds").is_null());
    CHECK(get("/overview").body().at("attention").at("items").at(0).at("state") == "clock_skew");
}

TEST_CASE_METHOD(fleet_port, "cells are filtered by node, manifest, state and name, and paged by node", "[api][fleet]")
{
    const auto site = model::manifest_name::parse("site").value();
    for (const char* const name : {"a/x", "a/y", "a-b/x", "b/x"})
        run(control::save_cell(app.names, model::cell_ref::parse(name).value(),
                {model::bucket_name::parse("main").value(), site}, control::writing::create))
            .value();
    refresh();
    const auto shown = [this](const std::string& query) {
        std::string all;
        const json::value page = get("/cells" + query).body();
        for (const json::value& one : page.at("items").as_array())
            all += std::string(one.at("node_id").as_string()) + '/' + std::string(one.at("cell_id").as_string()) + ' ';
        return all;
    };
    CHECK(shown("") == "a/x a/y a-b/x b/x ");
    CHECK(shown("?node=a") == "a/x a/y ");
    CHECK(shown("?node=a&after=a/x") == "a/y ");
    CHECK(shown("?q=/x&limit=2") == "a/x a-b/x ");
    CHECK(shown("?after=a-b/x") == "b/x ");
    CHECK(shown("?manifest=other") == "");
    CHECK(shown("?state=never_deployed,failed") == "a/x a/y a-b/x b/x ");
    CHECK(shown("?state=running") == "");
    CHECK(get("/cells?limit=3").body().at("next") == "a-b/x");
}

TEST_CASE_METHOD(fleet_port, "a cell that only the bucket has is read-only until it is adopted", "[api][fleet]")
{
    put("prod/cells/node07/api/metadata.json", R"({"manifest_name":"site","profile":"deploy"})");
    put("prod/cells/node07/api/trigger.json", R"({"version":"v1.0.0","id":"t1"})");
    put("prod/cells/node07/api/status.json", R"({"running_version":"v1.0.0","applied_at":1,"status":"success"})");
    run(app.fleet.sweep());

    CHECK(get("/cells/node07/api").body().at("managed") == false);
    CHECK(get("/cells/node07/api/status").body().at("running_version") == "v1.0.0");
    for (const answer& refused : {remove("/cells/node07/api"), remove("/cells/node07/api/versions/v1.0.0"),
             post("/cells/node07/api/publish", R"({"version":"v1.0.0"})"),
             call(verb::put, "/api/v1/cells/node07/api/overrides/x", "x"), get("/cells/node07/api/overrides")}) {
        CHECK(refused.code == status::conflict);
        CHECK(refused.detail().find("adopt it") != std::string::npos);
    }

    const answer adopted = post("/cells/node07/api/adopt");
    CHECK(adopted.code == status::created);
    CHECK(adopted.field("Location") == "/api/v1/cells/node07/api");
    CHECK(adopted.body().at("managed") == true);
    CHECK(post("/cells/node07/api/adopt").code == status::conflict);
    CHECK(post("/cells/node07/nope/adopt").code == status::not_found);
}

TEST_CASE_METHOD(fleet_port, "the overview counts, and says what needs someone first", "[api][fleet]")
{
    put("prod/cells/node01/www/trigger.json", R"({"version":"v1.0.0","id":"t1"})");
    put("prod/cells/node01/www/status.json",
        R"({"running_version":"unknown","applied_at":5,"status":"failed","error":"it ended","trigger_id":"t1"})");
    beat("node01", 0, R"({"cell_id":"www","manifest_name":"site","profile":"deploy"})");
    beat("node02", 10'000);
    refresh();
    store().before = [](const std::string&, const std::string&) {
        return result<void>(error(errc::unavailable, "connection refused"));
    };
    refresh();

    const json::value seen = get("/overview").body();
    CHECK(seen.at("agents") == json::parse(R"({"total":2,"active":1,"warning":0,"dead":1})"));
    CHECK(seen.at("cells").at("failed") == 1);
    CHECK(seen.at("cells").at("unmanaged") == 1);
    CHECK(names(seen.at("attention"), "state") == "unreachable failed dead ");
    CHECK(seen.at("failures").at(0).at("reason") == "v1.0.0 failed: it ended");
    CHECK(seen.at("buckets").at(0).at("error") == "connection refused");
    CHECK(call(verb::get, "/readyz").body().at("problems").at(0).at("since").as_string() == rfc3339_millis(time.time));
    store().before = nullptr;
}

TEST_CASE_METHOD(fleet_port, "events tell of agents, cells and operations from where a list stood", "[api][events]")
{
    refresh();
    follower events(*this, "?after=" + event_of(get("/agents")));
    CHECK(events.greeting.find("\nid: ") != std::string::npos);

    beat("node01", 0);
    refresh();
    const std::string first = events.next();
    CHECK(first.find("event: agent\ndata: {") != std::string::npos);
    CHECK(first.find(R"("node_id":"node01")") != std::string::npos);

    app.operations.perform_with(
        "rest", [](control::operation_step) -> task<result<void>> { co_return result<void>(); });
    run(app.operations.start({.kind = "rest", .cells = {"node01/www"}, .details = {}, .who = {}})).value();
    CHECK(events.next().find("event: operation\n") != std::string::npos);

    run(store().remove("prod/agents/node01.json")).value();
    refresh();
    std::string rest;
    while (rest.find("event: agent-removed\ndata: {\"node_id\":\"node01\"}") == std::string::npos)
        rest += events.next();
}

TEST_CASE_METHOD(fleet_port, "what changed several times meanwhile is told once, as it is", "[api][events]")
{
    refresh();
    follower events(*this);
    for (const int age : {50, 40, 30}) {
        beat("node01", age);
        refresh();
    }
    const std::string told = events.next();
    CHECK(told.find("event: agent", told.find("event: agent") + 1) == std::string::npos);
    CHECK(told.find("id: " + event_of(get("/agents"))) != std::string::npos);
}

TEST_CASE_METHOD(fleet_port, "who resumes gets what was missed; too late, to load anew", "[api][events]")
{
    beat("node01", 0);
    refresh();
    const std::string before = event_of(get("/agents"));
    beat("node02", 0);
    refresh();
    CHECK(follower(*this, "?after=" + before).next().find("node02") != std::string::npos);

    CHECK(follower(*this, "?after=0123456789ab-1").greeting.find("event: reset") != std::string::npos);
    for (std::size_t i = 0; i < control::event_feed::usual_length + 1; ++i)
        app.events.publish(control::subject::agent, "node01");
    CHECK(follower(*this, "?after=" + before).greeting.find("event: reset") != std::string::npos);
}

TEST_CASE_METHOD(
    fleet_port, "a reader that falls too far behind is cut off, and costs nothing until then", "[api][events]")
{
    refresh();
    follower slow(*this);
    for (std::size_t i = 0; i < control::event_feed::usual_length + 1; ++i)
        app.events.publish(control::subject::agent, "node01");
    CHECK(slow.next().empty());
}

TEST_CASE_METHOD(fleet_port, "a piece of events is no longer than asked for, but for a single one", "[api][events]")
{
    refresh();
    follower events(*this);
    for (const char* const node : {"a", "b", "c"})
        beat(node, 0);
    refresh();
    std::string all;
    for (int i = 0; i < 3; ++i) {
        const std::string piece = events.next(10);
        CHECK(piece.find("event: agent", piece.find("event: agent") + 1) == std::string::npos);
        all += piece;
    }
    for (const char* const node : {"\"a\"", "\"b\"", "\"c\""})
        CHECK(all.find(node) != std::string::npos);
}

TEST_CASE_METHOD(fleet_port, "at most so many follow, and all of them end when the program stops", "[api][events]")
{
    std::vector<follower> all;
    while (all.size() < control::event_feed::most_readers)
        all.emplace_back(*this);
    CHECK(get("/events").code == status::service_unavailable);
    app.events.close();
    CHECK(all.front().next().empty());
    CHECK(all.back().next().empty());
}

TEST_CASE_METHOD(fleet_port, "metrics count agents, requests and what buckets were asked", "[api][fleet]")
{
    beat("node01", 0);
    refresh();
    get("/agents");
    const std::string text = call(verb::get, "/metrics").text;
    for (const char* const line : {"fleetman_agents{state=\"active\"} 1\n",
             "fleetman_http_requests_total{method=\"GET\",route=\"/api/v1/agents\",status=\"200\"} 1\n",
             "fleetman_s3_requests_total{bucket=\"main\",operation=\"list\",outcome=\"ok\"} 1\n",
             "fleetman_s3_requests_total{bucket=\"main\",operation=\"get\",outcome=\"ok\"} 1\n",
             "fleetman_bucket_up{bucket=\"main\"} 1\n", "# TYPE process_resident_memory_bytes gauge\n"})
        CHECK(text.find(line) != std::string::npos);
}
