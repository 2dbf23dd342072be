#include "../../../lib/s3server/listing.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace fleetman;
using namespace fleetman::s3server;

namespace {

// Keys chosen to be awkward: neighbours of the delimiter, equal beginnings, bytes above ASCII.
const std::set<std::string> keys{"a", "a!", "a/", "a/1", "a/2", "a/b/1", "a/b/2", "a0", "aa", "b", "b/x", "b/\xc3\xa9",
    "c//d", "c//e", "c/f", "d-e-f", "d-e-g", "\xc3\xa9/1", "\xf4\x8f\xbf\xbf"};

// Counts what was read, to see that a group is skipped and not walked through.
struct seekable
{
    std::set<std::string> present = keys;
    std::size_t rows_read = 0;

    key_seek seek()
    {
        return [this](std::string_view from, bool inclusive, std::size_t limit) -> result<std::vector<listed_object>> {
            std::vector<listed_object> found;
            auto at = inclusive ? present.lower_bound(std::string(from)) : present.upper_bound(std::string(from));
            for (; at != present.end() && found.size() < limit; ++at)
                found.push_back({*at, 1, "e", {}});
            rows_read += found.size();
            return found;
        };
    }
};

// The definition, written as plainly as it reads: every entry in order, objects and groups alike.
std::vector<std::string> all_entries(const std::string& prefix, const std::string& delimiter, const std::string& after)
{
    std::set<std::string> entries;
    for (const std::string& key : keys) {
        if (!key.starts_with(prefix))
            continue;
        const std::size_t at = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
        entries.insert(at == std::string::npos ? key : key.substr(0, at + delimiter.size()));
    }
    std::vector<std::string> wanted;
    for (const std::string& one : entries)
        if (one > after)
            wanted.push_back(one);
    return wanted;
}

std::vector<std::string> entries_of(const listing_page& page)
{
    std::vector<std::string> entries = page.common_prefixes;
    for (const listed_object& one : page.objects)
        entries.push_back(one.key);
    std::sort(entries.begin(), entries.end());
    return entries;
}

} // namespace

TEST_CASE("pages of every size put together are the whole listing", "[s3server]")
{
    const std::string prefix = GENERATE("", "a", "a/", "a/b", "c/", "d-", "zz", "\xc3");
    const std::string delimiter = GENERATE("", "/", "-", "//", "e");
    const std::size_t size = GENERATE(range<std::size_t>(1, keys.size() + 2));
    CAPTURE(prefix, delimiter, size);

    seekable store;
    std::vector<std::string> seen;
    listing_query query{prefix, delimiter, "", size};
    for (std::size_t pages = 0; pages <= keys.size() + 1; ++pages) {
        const listing_page page = list_keys(store.seek(), query).value();
        const std::vector<std::string> entries = entries_of(page);
        REQUIRE(entries.size() <= size);
        seen.insert(seen.end(), entries.begin(), entries.end());
        if (!page.truncated)
            break;
        REQUIRE(entries.size() == size);
        query.after = page.last;
    }
    CHECK(seen == all_entries(prefix, delimiter, ""));
}

TEST_CASE("a listing begins behind the key that it is told", "[s3server]")
{
    const std::string prefix = GENERATE("", "a/", "c");
    const std::string after = GENERATE("", "0", "a", "a/", "a/0", "a/2", "a/b/", "b", "c//", "zz", "\xf4\x8f\xbf\xbf");
    CAPTURE(prefix, after);
    seekable store;
    const listing_page page = list_keys(store.seek(), {prefix, "", after, 1000}).value();
    CHECK(entries_of(page) == all_entries(prefix, "", after));
}

TEST_CASE("a group is not repeated by a start inside it", "[s3server]")
{
    seekable store;
    const listing_page page = list_keys(store.seek(), {"", "/", "a/1", 2}).value();
    CHECK(entries_of(page) == std::vector<std::string>{"a0", "aa"});
}

TEST_CASE("a group of many keys costs few reads", "[s3server]")
{
    seekable store;
    for (int i = 0; i < 50'000; ++i)
        store.present.insert("many/" + std::to_string(i));
    const listing_page page = list_keys(store.seek(), {"", "/", "", 1000}).value();
    CHECK(page.common_prefixes.size() == 5);
    CHECK(store.rows_read < 5000);
}

TEST_CASE("a listing of nothing is empty and complete", "[s3server]")
{
    seekable store;
    const listing_page page = list_keys(store.seek(), {"", "", "", 0}).value();
    CHECK(entries_of(page).empty());
    CHECK_FALSE(page.truncated);
}

TEST_CASE("a failure to read ends the listing", "[s3server]")
{
    const key_seek broken = [](std::string_view, bool, std::size_t) -> result<std::vector<listed_object>> {
        return error(errc::unavailable, "disk");
    };
    CHECK(list_keys(broken, {}).error().code() == errc::unavailable);
}
