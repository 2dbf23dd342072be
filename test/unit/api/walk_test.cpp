#include "hostile.hpp"
#include "port.hpp"

#include <fleetman/core/text.hpp>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

// Every route of the description, with valid, invalid and hostile input made from the description: no answer outside of
// it, and none of 500 or more that it does not announce.

using namespace fleetman;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
using testing::request_fields;
namespace json = boost::json;

namespace {

// What the description's examples speak of: a connection prod-eu, a manifest billing with a finalized version v1.4.0
// and a draft v1.5.0, a deleted v1.3.0, and its cell node01/api with an override, published, and an agent that reports.
struct world : port
{
    std::string operation;

    world()
    {
        put_object("staging/billing/server", "ELF");
        put_object("recycle/billing-v1.3.0-20260105-100000-000/run.sh", "#!/bin/sh");
        make("/buckets", R"({"name":"prod-eu","bucket_name":"fleet","endpoint":"http://127.0.0.1:9000",
            "access_key":"AKIAEXAMPLE","secret_key":"secret","prefix":"prod"})");
        make("/resource-profiles", R"({"name":"small","cpu":"500m"})");
        make("/manifests", R"({"name":"billing","bucket":"prod-eu","profile":"deploy","files":[
            {"path":"run.sh","file_type":"text"},{"path":"bin/server","file_type":"binary"}]})");
        make("/cells", R"({"node_id":"node01","cell_id":"api","bucket":"prod-eu","manifest":"billing"})");
        const std::string versions = "/manifests/billing/versions";
        make(versions, R"({"version":"v1.4.0"})");
        for (const char* const file : {"run.sh", "bin/server"})
            REQUIRE(put(versions + "/v1.4.0/files/" + file, "#!/bin/sh\n").code == status::ok);
        REQUIRE(post(versions + "/v1.4.0/finalize").code == status::ok);
        make(versions, R"({"version":"v1.5.0","clone_from":"v1.4.0"})");
        REQUIRE(put("/cells/node01/api/overrides/bin/server", "mine").code == status::ok);
        const answer published = post("/cells/node01/api/publish?wait=10", R"({"version":"v1.4.0"})");
        REQUIRE(published.code == status::ok);
        operation = published.body().at("id").as_string().c_str();
        put_object("cells/node01/api/status.json",
            R"({"running_version":"v1.4.0","applied_at":1767607200,"status":"success","error":null})");
        put_object("agents/node01.json", R"({"report_timestamp":1767607200,"node_id":"node01","cells":[
            {"cell_id":"api","manifest_name":"billing","profile":"deploy","version":"v1.4.0"}]})");
        testing::run(app.fleet.refresh());
    }

    void put_object(const std::string& key, std::string body)
    {
        testing::controller::put("prod/" + key, std::move(body));
    }
    void make(const std::string& path, const std::string& body) { REQUIRE(post(path, body).code == status::created); }
};

verb verb_of(const std::string& name)
{
    static const std::map<std::string, verb> all{{"get", verb::get}, {"put", verb::put}, {"post", verb::post},
        {"patch", verb::patch}, {"delete", verb::delete_}};
    return all.at(name);
}

// One method of one path of the description.
struct operation
{
    std::string path;
    std::string method;
    const json::object* item;
    const json::object* what;

    std::string name() const { return method + ' ' + path; }

    std::vector<const json::object*> parameters(std::string_view in) const
    {
        std::vector<const json::object*> some;
        for (const json::object* of : {item, what})
            if (const json::value* all = of->if_contains("parameters"))
                for (const json::value& one : all->as_array())
                    if (one.at("in").as_string() == json::string_view(in))
                        some.push_back(&one.as_object());
        return some;
    }
    const json::object* json_body() const
    {
        const json::value* body = what->if_contains("requestBody");
        const json::value* media = body ? body->at("content").as_object().if_contains("application/json") : nullptr;
        return media ? &media->as_object() : nullptr;
    }
    bool takes_bytes() const
    {
        const json::value* body = what->if_contains("requestBody");
        return body != nullptr && body->at("content").as_object().contains("application/octet-stream");
    }
};

std::vector<operation> operations_of(const testing::description& described)
{
    std::vector<operation> all;
    for (const auto& [path, item] : described.paths())
        for (const auto& [method, what] : item.as_object())
            if (method != "parameters")
                all.push_back({std::string(path), std::string(method), &item.as_object(), &what.as_object()});
    return all;
}

class walker
{
public:
    explicit walker(const operation& of, const json::value& document) : of_(of), document_(document) {}

    // Hostile requests first: a valid one may leave nothing to try them on.
    void walk()
    {
        for (const json::object* variable : of_.parameters("path"))
            for (const std::string& segment : testing::hostile_segments())
                send(path_with(name_of(*variable), segment), valid_body());
        for (const json::object* parameter : of_.parameters("query"))
            for (const std::string& value : testing::hostile_parameters())
                send(valid_path() + query_with(name_of(*parameter), value), valid_body());
        send(valid_path() + query_with("unknown", "1"), valid_body());
        for (const json::object* field : of_.parameters("header"))
            for (const std::string& value : testing::hostile_fields())
                send(valid_path() + query(), valid_body(), {{name_of(*field), value}});
        if (const json::object* media = of_.json_body())
            for (const testing::hostile_body& body :
                testing::hostile_bodies(document_, media->at("schema").as_object()))
                send(valid_path() + query(), body.text, {{"Content-Type", body.content_type}});
        send(valid_path() + query(), std::string(300'000, 'x'));
        fresh();
        valid_ = send(valid_path() + query(), valid_body());
    }

    std::size_t sent() const { return sent_; }
    unsigned valid() const { return valid_; }

private:
    static std::string name_of(const json::object& parameter) { return parameter.at("name").as_string().c_str(); }

    world& here()
    {
        if (!world_)
            fresh();
        return *world_;
    }
    void fresh()
    {
        world_.reset();
        world_ = std::make_unique<world>();
    }

    std::string valid_value(const json::object& parameter)
    {
        if (of_.path.starts_with("/api/v1/operations/"))
            return here().operation;
        const json::value value = testing::example_of(document_, parameter.at("schema").as_object(), false);
        return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
    }
    std::string path_with(const std::string& variable, const std::string& segment)
    {
        std::string path = of_.path;
        for (const json::object* one : of_.parameters("path")) {
            const std::string name = name_of(*one);
            const std::size_t at = path.find('{' + name + '}');
            REQUIRE(at != std::string::npos);
            path.replace(at, name.size() + 2, name == variable ? segment : valid_value(*one));
        }
        return path;
    }
    std::string valid_path() { return path_with("", ""); }

    // The required parameters, and one more.
    std::string query_with(const std::string& name, const std::string& value)
    {
        std::string text = query(name);
        return text + (text.empty() ? "?" : "&") + name + '=' + value;
    }
    std::string query(const std::string& without = "")
    {
        std::string text;
        for (const json::object* one : of_.parameters("query"))
            if (const json::value* required = one->if_contains("required"); required && required->as_bool())
                if (name_of(*one) != without)
                    text += (text.empty() ? "?" : "&") + name_of(*one) + '=' + valid_value(*one);
        return text;
    }
    std::string valid_body()
    {
        if (const json::object* media = of_.json_body()) {
            const json::value* example = media->if_contains("example");
            return json::serialize(
                example != nullptr ? *example : testing::example_of(document_, media->at("schema").as_object(), false));
        }
        return of_.takes_bytes() ? "content" : "";
    }

    unsigned send(const std::string& target, const std::string& body, const request_fields& fields = {})
    {
        ++sent_;
        INFO(of_.name() << " as " << target.substr(0, 300) << " with " << body.substr(0, 300));
        const answer given = here().call(verb_of(of_.method), target, body, fields);
        const auto code = static_cast<unsigned>(given.code);
        const bool announced = of_.what->at("responses").as_object().contains(std::to_string(code));
        CHECK((code < 500 || announced));
        return code;
    }

    const operation& of_;
    const json::value& document_;
    std::unique_ptr<world> world_;
    std::size_t sent_ = 0;
    unsigned valid_ = 0;
};

} // namespace

TEST_CASE("no request makes a route answer outside of its description", "[api][walk]")
{
    const testing::description described;
    std::set<std::string> refused;
    std::size_t sent = 0;
    for (const operation& one : operations_of(described)) {
        walker walking(one, described.document());
        walking.walk();
        sent += walking.sent();
        if (walking.valid() >= 400)
            refused.insert(one.name() + ' ' + std::to_string(walking.valid()));
    }
    CHECK(sent > 5'000);
    // Of the requests that the examples make all others succeed. (Nobody logs in here; login_test.cpp does.)
    CHECK(refused == std::set<std::string>{"delete /api/v1/agents/{node} 409", "delete /api/v1/buckets/{bucket} 409",
                         "delete /api/v1/buckets/{bucket}/keys/{id} 501",
                         "delete /api/v1/cells/{node}/{cell}/versions/{version} 409",
                         "delete /api/v1/manifests/{manifest} 409", "delete /api/v1/operations/{id} 409",
                         "delete /api/v1/session 409", "delete /api/v1/tokens/{id} 404",
                         "get /api/v1/buckets/{bucket}/keys 501", "post /api/v1/buckets/{bucket}/keys 501",
                         "post /api/v1/cells/{node}/{cell}/adopt 409", "post /api/v1/session 409",
                         "post /api/v1/session/password 409", "post /api/v1/tokens 409"});
}
