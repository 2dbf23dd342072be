#include "port.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>

namespace fleetman::testing {

using http::status;
using http::verb;

namespace {

task<std::string> read_all(http::response& from)
{
    if (auto* text = std::get_if<std::string>(&from.body))
        co_return *text;
    if (auto* shared = std::get_if<std::shared_ptr<const std::string>>(&from.body))
        co_return **shared;
    const auto& stream = std::get<http::stream_body>(from.body);
    if (from.fields[http::field::content_type] == "text/event-stream") { // has no end; its first piece tells enough
        auto greeting = co_await stream.source->read(copy_block_bytes);
        co_return greeting.value();
    }
    string_sink whole(1'000'000);
    co_await copy_bytes(*stream.source, whole);
    co_return whole.take();
}

task<result<void>> serve_one(api::application& to, http::request& request, unsigned& code)
{
    const http::response given = co_await to.serve(request);
    code = static_cast<unsigned>(given.code);
    co_return result<void>();
}

} // namespace

http::request port::request_for(verb method, const std::string& target, const request_fields& fields) const
{
    http::request request;
    request.peer = peer;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const std::size_t at = target.find('?'); at != std::string::npos)
        for (const std::string& one : split(std::string_view(target).substr(at + 1), '&')) // nothing is encoded here
            request.query.emplace_back(one.substr(0, one.find('=')), one.substr(one.find('=') + 1));
    request.fields.set(http::field::host, "127.0.0.1:3000");
    for (const auto& [name, value] : fields)
        request.fields.set(name, value);
    return request;
}

answer port::call(verb method, const std::string& target, std::string body, const request_fields& fields)
{
    http::request request = request_for(method, target, fields);
    request.content_length = body.size();
    string_source source(std::move(body));
    request.body = &source;
    http::response given = run(application.serve(request));
    std::string text = run(read_all(given));
    check_described(request, given, text);
    return {given.code, given.fields, std::move(text)};
}

std::string port::described_path(std::string pattern)
{
    if (const std::size_t tail = pattern.find("...}"); tail != std::string::npos)
        pattern.erase(tail, 3);
    return pattern == "/" || pattern.starts_with("/assets/") ? "" : pattern;
}

void port::check_described(const http::request& request, const http::response& given, const std::string& text)
{
    const http::route_match match = application.routes().match(request.method, request.path);
    const std::string path = match.found != nullptr ? described_path(match.found->pattern) : "";
    if (path.empty() && given.code == status::ok)
        return; // a file of the page
    const std::vector<std::string> faults = described.faults({lower_case(to_string(request.method)), path,
        static_cast<unsigned>(given.code), given.fields[http::field::content_type], text});
    INFO(request.target << " answered " << text);
    CHECK(faults == std::vector<std::string>());
}

std::array<unsigned, 2> port::put_twice_at_once(
    const std::string& path, const std::string& body, const request_fields& fields)
{
    std::array<http::request, 2> requests{
        request_for(verb::put, "/api/v1" + path, fields), request_for(verb::put, "/api/v1" + path, fields)};
    std::array<string_source, 2> bodies{string_source(body), string_source(body)};
    std::array<unsigned, 2> codes{};
    for (std::size_t i = 0; i < 2; ++i) {
        requests[i].content_length = body.size();
        requests[i].body = &bodies[i];
    }
    run(for_each_concurrently(2, 2, [&](std::size_t i) {
        return serve_one(application, requests[i], codes[i]);
    })).value();
    std::ranges::sort(codes);
    return codes;
}

void port::configure()
{
    REQUIRE(post("/buckets", R"({"name":"main","bucket_name":"fleet","endpoint":"http://127.0.0.1:9000",
        "access_key":"AKIAEXAMPLE","secret_key":"top-secret","prefix":"prod"})")
                .code == status::created);
    REQUIRE(post("/manifests", R"({"name":"site","bucket":"main","profile":"deploy",
        "files":[{"path":"index.html","file_type":"text"}]})")
                .code == status::created);
    REQUIRE(post("/cells", R"({"node_id":"node01","cell_id":"www","bucket":"main","manifest":"site"})").code ==
            status::created);
}

void port::finalize()
{
    REQUIRE(post("/manifests/site/versions", R"({"version":"v1.0.0"})").code == status::created);
    REQUIRE(put("/manifests/site/versions/v1.0.0/files/index.html", "<p>1</p>").code == status::ok);
    REQUIRE(post("/manifests/site/versions/v1.0.0/finalize").code == status::ok);
}

} // namespace fleetman::testing
