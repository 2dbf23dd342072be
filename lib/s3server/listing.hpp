#pragma once

#include "rows.hpp"

#include <fleetman/core/result.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// How S3 turns an ordered set of keys into pages of keys and common prefixes (S3 API reference, ListObjectsV2). Knows
// no database, so that a table of tests can hold it to account.

namespace fleetman::s3server {

// The keys from `from` on, each perhaps with a NUL and something that tells equal ones apart, in order and at most
// `limit`; `from` itself only when `inclusive`.
using key_seek =
    std::function<result<std::vector<listed_object>>(std::string_view from, bool inclusive, std::size_t limit)>;

struct listing_query
{
    std::string prefix;
    std::string delimiter; // empty: no grouping
    std::string after;     // neither keys nor common prefixes up to this one
    std::size_t max_entries = 1000;
};

struct listing_page
{
    std::vector<listed_object> objects;
    std::vector<std::string> common_prefixes;
    bool truncated = false;
    std::string last; // where the next page goes on: its `after`
};

// Reads about as many keys as it returns entries, however many a common prefix stands for.
result<listing_page> list_keys(const key_seek& seek, const listing_query& query);

} // namespace fleetman::s3server
