#include "scripted_transport.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/storage/conditions.hpp>
#include <fleetman/testing/memory_store.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace fleetman::storage;

namespace {

// A store that forgets conditions, or takes none.
class lax_store final : public memory_store
{
public:
    lax_store(fleetman::clock& time, condition_support does) : memory_store(time), does_(does) {}

    task<result<std::string>> put(std::string key, std::string body, put_condition when) override
    {
        const bool asked = when.must_be_absent() || !when.etag().empty();
        if (asked && does_ == condition_support::refused)
            co_return error(errc::unsupported, "not here");
        co_return co_await memory_store::put(std::move(key), std::move(body), put_condition::always());
    }
    task<result<std::string>> copy(std::string from, std::string to, std::string) override
    {
        co_return co_await memory_store::copy(std::move(from), std::move(to), std::string());
    }

private:
    condition_support does_;
};

const std::string copied = "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>";

} // namespace

TEST_CASE("what a store enforces, ignores or refuses is found out, and nothing is left behind", "[s3][conditions]")
{
    manual_clock time;
    memory_store strict(time);
    using enum condition_support;
    CHECK(run(probe_conditions(strict, "p/")).value() == conditions{enforced, enforced, enforced});
    CHECK(strict.keys().empty());
    for (const condition_support does : {ignored, refused}) {
        lax_store lax(time, does);
        CHECK(run(probe_conditions(lax, "p/")).value() == conditions{does, does, ignored});
        CHECK(lax.keys().empty());
    }
}

TEST_CASE_METHOD(store_fixture, "a store is asked once what it enforces", "[s3][conditions]")
{
    wire->then(200)
        .then(501)
        .then(200, {}, {{"ETag", "\"e\""}})
        .then(501)
        .then(200, copied)
        .then(200, "<DeleteResult/>");
    using enum condition_support;
    CHECK(run(store.conditions("p/")).value() == conditions{refused, refused, ignored});
    CHECK(run(store.conditions("p/")).value() == conditions{refused, refused, ignored});
    CHECK(wire->seen.size() == 6);
}

TEST_CASE_METHOD(store_fixture, "what could not be found out is asked again", "[s3][conditions]")
{
    wire->then(403, refusal("AccessDenied")).then(403, refusal("AccessDenied"));
    CHECK(run(store.conditions("p/")).error().code() == errc::denied);
    wire->then(403, refusal("AccessDenied")).then(200, "<DeleteResult/>");
    CHECK(run(store.conditions("p/")).error().code() == errc::denied);
}

TEST_CASE_METHOD(
    store_fixture, "a store that refuses conditions with 400, as Aliyun's, does not know them", "[s3][conditions]")
{
    const auto code = GENERATE(values<std::string>({"NotImplemented", "InvalidArgument", "InvalidRequest"}));
    wire->then(400, refusal(code)).then(400, refusal(code));
    CHECK(run(store.put("a", "x", put_condition::absent())).error().code() == errc::unsupported);
    const bool always = code == "NotImplemented"; // says so of anything
    CHECK((run(store.put("a", "x", put_condition::always())).error().code() == errc::unsupported) == always);
}
