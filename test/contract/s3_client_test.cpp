#include "open_store.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/http_call.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>

// What the S3 client does beyond object_store, on each S3 server that we have. There is nothing of it in memory.

using namespace fleetman;
using namespace fleetman::storage;
using testing::run;

namespace {

constexpr std::chrono::seconds limit{120};

std::string body_of(std::size_t length)
{
    std::string made(length, '\0');
    for (std::size_t i = 0; i < length; ++i)
        made[i] = static_cast<char>(i * 31 + (i >> 12));
    return made;
}

struct client_fixture
{
    client_fixture() : store(contract::open_client()) {}
    ~client_fixture()
    {
        if (!store)
            return;
        auto left = run(list_all(*store, prefix));
        std::vector<std::string> keys;
        for (const object_info& one : left ? *left : std::vector<object_info>())
            keys.push_back(one.key);
        static_cast<void>(run(store->remove_all(std::move(keys))));
    }

    std::string got(const std::string& name)
    {
        string_sink to(64 << 20);
        REQUIRE(run(store->get(prefix + name, to), limit).has_value());
        return to.take();
    }

    std::shared_ptr<s3::s3_store> store;
    std::string prefix = "client-" + random_hex(6) + '/';
    const contract::abilities& can = contract::abilities_of_store();
};

task<result<net::http_answer>> ask(net::endpoint at, net::http_call call)
{
    auto stream = co_await net::connect(at.at, std::chrono::seconds(10));
    if (!stream)
        co_return stream.error();
    call.host = at.host_header();
    co_return co_await net::exchange_once(**stream, std::move(call), 1 << 20, std::chrono::seconds(30));
}

result<net::http_answer> ask_by_url(const std::string& url, std::string method, std::string body = {})
{
    const std::size_t path = url.find('/', url.find("://") + 3);
    const auto at = net::parse_endpoint(url.substr(0, path)).value();
    return run(ask(at, {.method = std::move(method), .target = url.substr(path), .host = {}, .body = std::move(body)}));
}

} // namespace

TEST_CASE_METHOD(client_fixture, "an upload in parts arrives whole, under its own kind of ETag", "[contract]")
{
    if (!store)
        return;
    const std::string body = body_of((12 << 20) + 7);
    string_source from(body);
    const auto put = run(store->put(prefix + "a b+c", from, body.size()), limit);
    REQUIRE(put.has_value());
    CHECK(put->ends_with("-3"));
    const auto seen = run(store->head(prefix + "a b+c")).value();
    CHECK(seen.etag == *put);
    CHECK(seen.size == body.size());
    CHECK(got("a b+c") == body);
}

TEST_CASE_METHOD(client_fixture, "an upload in parts that ends early leaves nothing", "[contract]")
{
    if (!store)
        return;
    string_source from(body_of(7 << 20));
    CHECK(run(store->put(prefix + "cut", from, 12 << 20), limit).error().code() == errc::invalid);
    CHECK(run(store->head(prefix + "cut")).error().code() == errc::not_found);
}

TEST_CASE_METHOD(client_fixture, "a stream of unknown length arrives whole", "[contract]")
{
    if (!store)
        return;
    const std::size_t length = GENERATE(0U, 1000U, 5U << 20, (11U << 20) + 1);
    const std::string body = body_of(length);
    string_source from(body);
    REQUIRE(run(store->put_stream(prefix + "stream", from), limit).has_value());
    CHECK(got("stream") == body);
}

TEST_CASE_METHOD(client_fixture, "a large object comes in ranges, and not when it is another by then", "[contract]")
{
    if (!store)
        return;
    const std::string body = body_of((5 << 20) + 3);
    const std::string etag = run(store->put(prefix + "large", body, put_condition::always()), limit).value();
    object_info listed{prefix + "large", etag, body.size(), {}};
    string_sink to(body.size());
    REQUIRE(run(store->get_in_ranges(listed, to), limit).has_value());
    CHECK(to.take() == body);

    const std::string other(body.size(), 'x');
    REQUIRE(run(store->put(prefix + "large", other, put_condition::always()), limit).has_value());
    string_sink late(body.size());
    CHECK(run(store->get_in_ranges(listed, late), limit).error().code() == errc::conflict);
}

TEST_CASE_METHOD(client_fixture, "a copy in parts has the bytes of its source", "[contract]")
{
    if (!store)
        return;
    const std::string body = body_of((10 << 20) + 5);
    string_source from(body);
    REQUIRE(run(store->put(prefix + "from \xC3\xBC", from, body.size()), limit).has_value());
    const char* const bucket = std::getenv("S3_BUCKET");
    const auto copied = run(store->copy_in_parts(bucket, prefix + "from \xC3\xBC", prefix + "to"), limit);
    REQUIRE((copied ? "" : copied.error().message()) == "");
    CHECK(got("to") == body);
    CHECK(run(store->copy_in_parts(bucket, prefix + "from \xC3\xBC", prefix + "no", "another"), limit).error().code() ==
          errc::conflict);
}

TEST_CASE_METHOD(
    client_fixture, "what a store enforces is found out, and is what its row in the table says", "[contract]")
{
    if (!store)
        return;
    const auto found = run(store->conditions(prefix + "probe/"), limit);
    REQUIRE(found.has_value());
    CHECK(to_string(found->put_if_absent) == can.put_if_absent);
    CHECK(to_string(found->put_if_unchanged) == can.put_if_unchanged);
    CHECK(to_string(found->copy_if_unchanged) == can.copy_if_unchanged);
    CHECK(run(list_all(*store, prefix)).value().empty());
}

TEST_CASE_METHOD(client_fixture, "a bucket that exists is ours, and one that does not is not found", "[contract]")
{
    if (!store)
        return;
    CHECK(run(store->create_bucket()).has_value());
    CHECK(run(store->head_bucket()).has_value());
}

TEST_CASE_METHOD(client_fixture, "whoever has a URL may do what it is for, and nothing else", "[contract]")
{
    if (!store)
        return;
    const std::string key = prefix + "by url/a b+c~=\xC3\xBC";
    const auto put = run(store->presigned_url("PUT", key, std::chrono::minutes(5))).value();
    CHECK(ask_by_url(put, "PUT", "put by URL").value().status == 200);
    const auto get = run(store->presigned_url("GET", key, std::chrono::minutes(5))).value();
    const auto answer = ask_by_url(get, "GET").value();
    CHECK(answer.status == 200);
    CHECK(answer.body == "put by URL");
    CHECK(ask_by_url(get, "PUT", "changed").value().status == 403);
    std::string forged = get;
    forged.back() = forged.back() == '0' ? '1' : '0';
    CHECK(ask_by_url(forged, "GET").value().status == 403);
}
