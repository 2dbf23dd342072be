#include "port.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/core/text.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

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
    if (auto* file = std::get_if<http::file_body>(&from.body)) {
        std::string content(file->length, '\0');
        REQUIRE(::pread(*file->descriptor, content.data(), content.size(), static_cast<off_t>(file->offset)) ==
                static_cast<ssize_t>(content.size()));
        co_return content;
    }
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

// A body that comes a moment after it is asked for, so that others get their turn.
class late_body final : public byte_source
{
public:
    explicit late_body(std::string body) : body_(std::move(body)) {}

    task<result<std::string>> read(std::size_t max) override
    {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        co_return co_await body_.read(max);
    }

private:
    string_source body_;
};

} // namespace

http::request port::request_for(verb method, const std::string& target, const request_fields& fields) const
{
    http::request request;
    request.peer = peer;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const std::size_t at = target.find('?'); at != std::string::npos)
        for (const std::string& one : split(std::string_view(target).substr(at + 1), '&'))
            request.query.emplace_back(
                one.substr(0, one.find('=')), http::percent_decode(one.substr(one.find('=') + 1)).value());
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
    const bool endless = given.fields[http::field::content_type] == "text/event-stream";
    std::string text = endless ? "" : run(read_all(given));
    check_described(request, given, text);
    http::headers fields_sent = given.fields;
    for (const std::string& line : split(given.more_fields, '\n'))
        if (const std::size_t colon = line.find(':'); colon != std::string::npos)
            fields_sent.set(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    return {given.code, std::move(fields_sent), std::move(text)};
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
    if (path.empty() && (given.code == status::ok || given.code == status::not_modified))
        return; // a file of the page
    const std::vector<std::string> faults = described.faults(
        {lower_case(to_string(request.method)), path, static_cast<unsigned>(given.code), given.fields, text});
    INFO(request.target << " answered " << text);
    CHECK(faults == std::vector<std::string>());
}

std::array<unsigned, 2> port::put_twice_at_once(
    const std::string& path, const std::string& body, const request_fields& fields)
{
    std::vector<unsigned> codes = put_at_once(path, {body, body}, fields);
    std::ranges::sort(codes);
    return {codes[0], codes[1]};
}

std::vector<unsigned> port::put_at_once(const std::string& path, std::size_t writers, const request_fields& fields)
{
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < writers; ++i)
        bodies.push_back("written by " + std::to_string(i));
    return put_at_once(path, bodies, fields);
}

std::vector<unsigned> port::put_at_once(
    const std::string& path, const std::vector<std::string>& bodies, const request_fields& fields)
{
    std::vector<http::request> requests(bodies.size(), request_for(verb::put, "/api/v1" + path, fields));
    std::vector<late_body> sources;
    sources.reserve(bodies.size());
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        sources.emplace_back(bodies[i]);
        requests[i].content_length = bodies[i].size();
        requests[i].body = &sources[i];
    }
    std::vector<unsigned> codes(bodies.size());
    run(for_each_concurrently(bodies.size(), bodies.size(), [&](std::size_t i) {
        return serve_one(application, requests[i], codes[i]);
    })).value();
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

follower::follower(port& from, const std::string& query, const request_fields& fields)
{
    http::request request = from.request_for(verb::get, "/api/v1/events" + query, fields);
    http::response given = run(from.application.serve(request));
    REQUIRE(given.code == status::ok);
    CHECK(given.fields[http::field::content_type] == "text/event-stream");
    source = std::get<http::stream_body>(given.body).source;
    greeting = next();
}

std::string follower::next(std::size_t max)
{
    return run(source->read(max)).value();
}

} // namespace fleetman::testing
