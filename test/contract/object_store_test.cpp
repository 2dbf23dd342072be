#include "open_store.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <set>

// What every object store must do for Fleetman, whoever built it. Run on one store at a time: see ./run.

using namespace fleetman;
using namespace fleetman::storage;
using testing::run;

namespace {

// A prefix of its own for each case, emptied afterwards.
struct contract_fixture
{
    contract_fixture() : store(contract::open_store()) {}
    ~contract_fixture()
    {
        auto left = run(list_all(*store, prefix));
        if (!left)
            return;
        std::vector<std::string> keys;
        for (const object_info& one : *left)
            keys.push_back(one.key);
        static_cast<void>(run(store->remove_all(std::move(keys))));
    }

    std::string put(const std::string& name, std::string body)
    {
        return run(store->put(prefix + name, std::move(body))).value();
    }
    std::string body_of(const std::string& name) { return run(store->get(prefix + name, 1 << 20)).value().body; }

    std::vector<std::string> names()
    {
        std::vector<std::string> all;
        for (const object_info& one : run(list_all(*store, prefix)).value())
            all.push_back(one.key.substr(prefix.size()));
        return all;
    }

    std::shared_ptr<object_store> store;
    std::string prefix = "contract-" + random_hex(6) + '/';
    const contract::abilities& can = contract::abilities_of_store();
};

task<result<void>> claim(
    object_store& store, std::string key, put_condition when, std::size_t claimant, std::vector<std::size_t>& winners)
{
    auto put = co_await store.put(std::move(key), "claimed by " + std::to_string(claimant), std::move(when));
    if (put)
        winners.push_back(claimant);
    else if (put.error().code() != errc::conflict)
        co_return put.error();
    co_return result<void>();
}

} // namespace

TEST_CASE_METHOD(contract_fixture, "what is put is what is got, with its MD5 as ETag", "[contract]")
{
    const std::string body = "hello, \xC3\xBC and \0 bytes";
    const std::string etag = put("a", body);
    CHECK(etag == md5_hex(body));

    const auto got = run(store->get(prefix + "a", 1024)).value();
    CHECK(got.body == body);
    CHECK(got.info.etag == etag);
    CHECK(got.info.size == body.size());
    CHECK(got.info.last_modified > wall_time{});

    const auto seen = run(store->head(prefix + "a")).value();
    CHECK(seen.etag == etag);
    CHECK(seen.size == body.size());
}

TEST_CASE_METHOD(contract_fixture, "an empty body is an object too", "[contract]")
{
    put("empty", "");
    CHECK(body_of("empty").empty());
    CHECK(run(store->head(prefix + "empty")).value().size == 0);
}

TEST_CASE_METHOD(contract_fixture, "an absent key is not found, and the message names it", "[contract]")
{
    for (const auto& failure : {run(store->get(prefix + "none", 10)).error(), run(store->head(prefix + "none")).error(),
             run(store->copy(prefix + "none", prefix + "copy")).error()}) {
        CHECK(failure.code() == errc::not_found);
        CHECK_THAT(failure.message(), Catch::Contains(prefix + "none"));
    }
}

TEST_CASE_METHOD(
    contract_fixture, "an object past the caller's bound is too large, and the next request works", "[contract]")
{
    put("large", std::string(100'000, 'x'));
    CHECK(run(store->get(prefix + "large", 99'999)).error().code() == errc::too_large);
    CHECK(run(store->get(prefix + "large", 100'000)).has_value());
}

TEST_CASE_METHOD(contract_fixture, "keys come back as they were, whatever is in them", "[contract]")
{
    std::vector<std::string> hard{"a b", "a+b", "a%2Fb", "a%b", "a~b", "a=b&c", "a//b", "\xC3\xBC/\xE2\x82\xAC",
        "q?x#y", "(a)!*'", "a;b,c:d@e$f", "trailing/", "a/../b", "./c", "<d>&amp;'\"",
        std::string(1024 - prefix.size(), 'k')};
    for (const std::string& name : hard) {
        INFO(name);
        put(name, "body of " + name);
        CHECK(body_of(name) == "body of " + name);
    }
    std::sort(hard.begin(), hard.end());
    CHECK(names() == hard);
    for (const std::string& name : hard)
        REQUIRE(run(store->remove(prefix + name)).has_value());
    CHECK(names().empty());
}

TEST_CASE_METHOD(contract_fixture, "a listing goes on past a thousand keys, in the order of their bytes", "[contract]")
{
    constexpr std::size_t count = 1205;
    const auto put_one = [this](std::size_t index) -> task<result<void>> {
        return [](object_store& to, std::string key) -> task<result<void>> {
            auto put = co_await to.put(std::move(key), "x");
            if (!put)
                co_return put.error();
            co_return result<void>();
        }(*store, prefix + "many/" + std::to_string(10'000 + index));
    };
    REQUIRE(run(for_each_concurrently(count, 16, put_one), std::chrono::seconds(120)).has_value());

    const auto all = names();
    CHECK(all.size() == count);
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == count);

    std::vector<std::string> keys;
    for (const std::string& name : all)
        keys.push_back(prefix + name);
    REQUIRE(run(store->remove_all(keys), std::chrono::seconds(120)).has_value());
    CHECK(names().empty());
}

TEST_CASE_METHOD(contract_fixture, "a delimiter groups what lies deeper", "[contract]")
{
    for (const char* name : {"a/1", "a/2", "b/c/3", "d", "e"})
        put(name, "x");
    CHECK(run(list_folders(*store, prefix)).value() == std::vector<std::string>{prefix + "a/", prefix + "b/"});

    list_query query{.prefix = prefix, .delimiter = "/", .max_keys = 1};
    std::vector<std::string> seen;
    for (;;) {
        const auto page = run(store->list(query)).value();
        CHECK(page.objects.size() + page.common_prefixes.size() <= 1);
        for (const auto& group : page.common_prefixes)
            seen.push_back(group.substr(prefix.size()));
        for (const auto& one : page.objects)
            seen.push_back(one.key.substr(prefix.size()));
        if (page.continuation.empty())
            break;
        query.continuation = page.continuation;
    }
    CHECK(seen == std::vector<std::string>{"a/", "b/", "d", "e"});
}

TEST_CASE_METHOD(contract_fixture, "a listing can begin after a key", "[contract]")
{
    for (const char* name : {"a", "b", "c"})
        put(name, "x");
    const auto page = run(store->list({.prefix = prefix, .start_after = prefix + "a"})).value();
    REQUIRE(page.objects.size() == 2);
    CHECK(page.objects[0].key == prefix + "b");
}

TEST_CASE_METHOD(contract_fixture, "nothing comes when the ETag still holds, and all of it when not", "[contract]")
{
    const std::string etag = put("a", "one");
    const auto same = run(store->get_if_changed(prefix + "a", etag, 100)).value();
    CHECK(std::holds_alternative<not_modified>(same));
    put("a", "two");
    const auto changed = run(store->get_if_changed(prefix + "a", etag, 100)).value();
    REQUIRE(std::holds_alternative<object>(changed));
    CHECK(std::get<object>(changed).body == "two");
}

TEST_CASE_METHOD(contract_fixture, "a copy has the bytes of its source", "[contract]")
{
    put("from a+b", "copied");
    const auto etag = run(store->copy(prefix + "from a+b", prefix + "to \xC3\xBC"));
    REQUIRE(etag.has_value());
    CHECK(*etag == md5_hex("copied"));
    CHECK(body_of("to \xC3\xBC") == "copied");
}

TEST_CASE_METHOD(contract_fixture, "a copy of what was listed is of that, or its ETag tells", "[contract]")
{
    put("source", "listed");
    CHECK(run(store->copy(prefix + "source", prefix + "same", md5_hex("listed"))).value() == md5_hex("listed"));
    put("source", "changed");
    const auto late = run(store->copy(prefix + "source", prefix + "late", md5_hex("listed")));
    if (can.copy_if_unchanged == "ignored")
        CHECK(late.value() == md5_hex("changed"));
    else
        CHECK(late.error().code() == errc::conflict);
}

TEST_CASE_METHOD(contract_fixture, "removing what is absent succeeds, alone and among others", "[contract]")
{
    put("there", "x");
    CHECK(run(store->remove(prefix + "absent")).has_value());
    CHECK(run(store->remove_all({prefix + "absent", prefix + "there"})).has_value());
    CHECK(names().empty());
}

TEST_CASE_METHOD(contract_fixture, "put if absent creates once", "[contract]")
{
    const auto first = run(store->put(prefix + "a", "one", put_condition::absent()));
    if (!can.conditional_put()) {
        CHECK(first.error().code() == errc::unsupported);
        return;
    }
    REQUIRE(first.has_value());
    const auto second = run(store->put(prefix + "a", "two", put_condition::absent()));
    REQUIRE(second.has_error());
    CHECK(second.error().code() == errc::conflict);
    CHECK(body_of("a") == "one");
}

TEST_CASE_METHOD(contract_fixture, "of racing creators exactly one wins", "[contract]")
{
    if (!can.conditional_put())
        return;
    std::vector<std::size_t> winners;
    const auto outcome = run(for_each_concurrently(8, 8, [&](std::size_t claimant) {
        return claim(*store, prefix + "lock", put_condition::absent(), claimant, winners);
    }));
    REQUIRE(outcome.has_value());
    REQUIRE(winners.size() == 1);
    CHECK(body_of("lock") == "claimed by " + std::to_string(winners.front()));
}

TEST_CASE_METHOD(contract_fixture, "put if unchanged writes over the version named and no other", "[contract]")
{
    const std::string etag = put("a", "one");
    const auto updated = run(store->put(prefix + "a", "two", put_condition::unchanged_since(etag)));
    if (!can.conditional_put()) {
        CHECK(updated.error().code() == errc::unsupported);
        return;
    }
    REQUIRE(updated.has_value());
    CHECK(
        run(store->put(prefix + "a", "three", put_condition::unchanged_since(etag))).error().code() == errc::conflict);
    CHECK(body_of("a") == "two");
}

TEST_CASE_METHOD(contract_fixture, "of racing writers over the same version exactly one wins", "[contract]")
{
    if (!can.conditional_put())
        return;
    const std::string etag = put("a", "one");
    std::vector<std::size_t> winners;
    const auto outcome = run(for_each_concurrently(8, 8, [&](std::size_t claimant) {
        return claim(*store, prefix + "a", put_condition::unchanged_since(etag), claimant, winners);
    }));
    REQUIRE(outcome.has_value());
    REQUIRE(winners.size() == 1);
    CHECK(body_of("a") == "claimed by " + std::to_string(winners.front()));
}

TEST_CASE_METHOD(contract_fixture, "many keys are removed together, whatever is in them", "[contract]")
{
    const std::vector<std::string> hard{"a b", "a+b", "a%2Fb", "<d>&amp;'\"", "\xC3\xBC", "tab\there", "line\nbreak"};
    std::vector<std::string> keys;
    for (const std::string& name : hard) {
        put(name, "x");
        keys.push_back(prefix + name);
    }
    put("tab here", "x");
    CHECK(run(store->remove_all(keys)).has_value());
    CHECK(names() == std::vector<std::string>{"tab here"});
}

TEST_CASE_METHOD(contract_fixture, "a body of many blocks streams in and out whole", "[contract]")
{
    std::string body(20 * 1024 * 1024 + 7, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 31 + (i >> 12));
    string_source from(body);
    REQUIRE(run(store->put(prefix + "big", from, body.size()), std::chrono::seconds(60)).has_value());
    string_sink to(body.size());
    const auto info = run(store->get(prefix + "big", to), std::chrono::seconds(60));
    REQUIRE(info.has_value());
    CHECK(info->size == body.size());
    CHECK(to.take() == body);
}

TEST_CASE_METHOD(contract_fixture, "the rest of an object streams from any byte on", "[contract]")
{
    std::string body(1'000'003, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 31 + (i >> 12));
    const std::string etag = put("a b+c", body);
    for (const std::size_t first : {std::size_t{1}, std::size_t{65'536}, body.size() - 1}) {
        INFO("from byte " << first);
        string_sink to(body.size());
        const auto info = run(store->get_rest(prefix + "a b+c", etag, first, to));
        REQUIRE(info.has_value());
        CHECK(info->size == body.size());
        CHECK(info->etag == etag);
        CHECK(to.take() == body.substr(first));
    }
    string_sink to(body.size());
    CHECK(run(store->get_rest(prefix + "a b+c", etag, body.size(), to)).has_error());
    CHECK(to.take().empty());
}

TEST_CASE_METHOD(contract_fixture, "a part of an object streams from any byte to any other", "[contract]")
{
    std::string body(1'000'003, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 31 + (i >> 12));
    const std::string etag = put("a b+c", body);
    using part = std::pair<std::size_t, std::size_t>;
    for (const auto& [first, length] : {part{0, 1}, part{65'536, 300'000}, part{body.size() - 1, 1}}) {
        INFO(length << " bytes from byte " << first);
        string_sink to(body.size());
        const auto info = run(store->get_part(prefix + "a b+c", etag, first, length, to));
        REQUIRE(info.has_value());
        CHECK(info->size == body.size());
        CHECK(to.take() == body.substr(first, length));
    }
    string_sink to(body.size());
    put("a b+c", "another");
    CHECK(run(store->get_part(prefix + "a b+c", etag, 0, 1, to)).error().code() == errc::conflict);
    CHECK(to.take().empty());
}

TEST_CASE_METHOD(contract_fixture, "the rest is of the object that was begun, or does not come", "[contract]")
{
    const std::string etag = put("a", "the first body");
    put("a", "another body!!");
    string_sink to(100);
    CHECK(run(store->get_rest(prefix + "a", etag, 4, to)).error().code() == errc::conflict);
    CHECK(run(store->get_rest(prefix + "none", etag, 4, to)).error().code() == errc::not_found);
    CHECK(to.take().empty());
}

TEST_CASE_METHOD(contract_fixture, "a streamed body that ends early leaves nothing", "[contract]")
{
    string_source from("short");
    CHECK(run(store->put(prefix + "cut", from, 500'000)).has_error());
    CHECK(run(store->head(prefix + "cut")).error().code() == errc::not_found);
}
