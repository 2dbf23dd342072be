#pragma once

#include "listing.hpp"
#include "rows.hpp"
#include "sqlite.hpp"

#include <string_view>
#include <vector>

// Questions to the index. Each opens its own snapshot, and sees every write that was acknowledged before.

namespace fleetman::s3server {

class index_reader
{
public:
    explicit index_reader(database& index) : index_(index) {}

    result<std::vector<bucket_row>> buckets();
    // Fails with no_such_bucket.
    result<bucket_row> bucket(std::string_view name);

    // With its small body when asked for. Fails with no_such_bucket or no_such_key.
    result<object_row> object(std::string_view bucket, std::string_view key, bool with_body);

    result<listing_page> list(std::string_view bucket, const listing_query& query);

    // Fails with no_such_upload, also when it is of another bucket or key.
    result<upload_row> upload(std::string_view id, std::string_view bucket, std::string_view key);
    // From that key and id on, in the order of keys and then of ids; itself only when `inclusive`.
    result<std::vector<upload_row>> uploads(
        std::int64_t bucket, const upload_position& from, bool inclusive, std::size_t limit);
    // Ids of those that were begun before, and have no part since.
    result<std::vector<std::string>> stale_uploads(wall_time before, std::size_t limit);
    // By number, those above `after`.
    result<std::vector<part_row>> parts(std::string_view upload, unsigned after, std::size_t limit);

    // In the order of their ids. Fails with no_such_bucket.
    result<std::vector<access_key_row>> access_keys(std::string_view bucket);
    // Of all buckets.
    result<std::vector<access_key_row>> access_keys();

    // In the order of buckets and keys.
    result<std::vector<kept_body>> bodies_after(const body_position& from, std::size_t limit);
    result<std::optional<std::string>> small_body(std::int64_t id);
    // Whether the object still has this body.
    result<bool> has_still(const kept_body& body);

    // Every file that something refers to.
    result<std::vector<std::string>> files();

private:
    result<std::vector<listed_object>> seek(
        std::int64_t bucket, std::string_view from, bool inclusive, std::size_t limit);

    database& index_;
};

// How a row keeps its header fields.
std::string headers_to_text(const kept_headers& headers);
kept_headers headers_from_text(std::string_view text);

std::string lines_to_text(const std::vector<std::string>& lines);

std::int64_t to_milliseconds(wall_time when);
wall_time from_milliseconds(std::int64_t milliseconds);

} // namespace fleetman::s3server
