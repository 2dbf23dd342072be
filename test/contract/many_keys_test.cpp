#include "open_store.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>

// A bucket far past one page, in each way that it is listed. Minutes long, so it runs only when asked for: see ./run.

using namespace fleetman;
using namespace fleetman::storage;

namespace {

constexpr std::size_t writers = 32;
constexpr std::size_t folder_size = 1000;
constexpr std::chrono::minutes limit{60};

std::size_t wanted_keys()
{
    const char* const said = std::getenv("FLEETMAN_KEYS");
    return said == nullptr ? 1'000'000 : std::strtoull(said, nullptr, 10);
}

// "many/0042/0042017": as many folders of a thousand as it takes, in the order of their numbers.
std::string key_of(std::size_t number)
{
    std::string key(32, '\0');
    const int length = std::snprintf(key.data(), key.size(), "many/%06zu/%09zu", number / folder_size, number);
    key.resize(static_cast<std::size_t>(length));
    return key;
}

task<result<void>> put_key(object_store& store, std::size_t number)
{
    const auto put = co_await store.put(key_of(number), "x");
    if (!put)
        co_return put.error();
    co_return result<void>();
}

} // namespace

TEST_CASE("a million keys are listed whole, in order, by page and by folder", "[.many]")
{
    const std::size_t count = wanted_keys();
    const std::shared_ptr<object_store> store = contract::open_store();
    const auto put = testing::run(
        for_each_concurrently(count, writers, [&](std::size_t number) { return put_key(*store, number); }), limit);
    REQUIRE(put.has_value());

    const auto all = testing::run(list_all(*store, "many/", count), limit).value();
    REQUIRE(all.size() == count);
    std::size_t misplaced = 0;
    for (std::size_t number = 0; number < count; ++number)
        misplaced += all[number].key != key_of(number) ? 1U : 0U;
    CHECK(misplaced == 0);

    const auto folders = testing::run(list_folders(*store, "many/"), limit).value();
    CHECK(folders.size() == (count + folder_size - 1) / folder_size);
    CHECK(testing::run(list_all(*store, "many/", count - 1), limit).has_error());

    std::vector<std::string> keys;
    for (const object_info& one : all)
        keys.push_back(one.key);
    REQUIRE(testing::run(store->remove_all(std::move(keys)), limit).has_value());
    CHECK(testing::run(list_all(*store, "many/"), limit).value().empty());
}
