#include "faults.hpp"
#include "index_reader.hpp"

#include <fleetman/core/text.hpp>

namespace fleetman::s3server {

namespace {

result<std::vector<access_key_row>> access_keys_of(statement& query)
{
    std::vector<access_key_row> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({query.text(0), secret(query.text(1)), query.text(2), query.text(3), split(query.text(4), '\n'),
            from_milliseconds(query.integer(5))});
    }
}

} // namespace

std::string headers_to_text(const kept_headers& headers)
{
    std::string text;
    for (const auto& [name, value] : headers)
        text.append(name).append(": ").append(value).append("\n");
    return text;
}

kept_headers headers_from_text(std::string_view text)
{
    kept_headers headers;
    for (const std::string& line : split(text, '\n')) {
        const std::size_t colon = line.find(": ");
        if (colon != std::string::npos)
            headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    return headers;
}

std::string lines_to_text(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text.append(text.empty() ? "" : "\n").append(line);
    return text;
}

std::int64_t to_milliseconds(wall_time when)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

wall_time from_milliseconds(std::int64_t milliseconds)
{
    return wall_time(std::chrono::milliseconds(milliseconds));
}

result<std::vector<bucket_row>> index_reader::buckets()
{
    statement query = index_.prepare("SELECT id, name, created FROM buckets ORDER BY name");
    std::vector<bucket_row> all;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        all.push_back({query.integer(0), query.text(1), from_milliseconds(query.integer(2))});
    }
}

result<bucket_row> index_reader::bucket(std::string_view name)
{
    statement query = index_.prepare("SELECT id, created FROM buckets WHERE name = ?");
    query << name;
    result<bool> row = query.step();
    if (!row)
        return row.error();
    if (!*row)
        return make_error(fault::no_such_bucket);
    return bucket_row{query.integer(0), std::string(name), from_milliseconds(query.integer(1))};
}

result<object_row> index_reader::object(std::string_view bucket_name, std::string_view key, bool with_body)
{
    result<bucket_row> in = bucket(bucket_name);
    if (!in)
        return in.error();
    statement query =
        with_body ? index_.prepare("SELECT size, etag, modified, headers, sha256, file, damaged, body FROM objects"
                                   " LEFT JOIN small_bodies ON small_bodies.id = small WHERE bucket = ? AND key = ?")
                  : index_.prepare("SELECT size, etag, modified, headers, sha256, file, damaged FROM objects"
                                   " WHERE bucket = ? AND key = ?");
    query << in->id << key;
    result<bool> row = query.step();
    if (!row)
        return row.error();
    if (!*row)
        return make_error(fault::no_such_key);
    object_row found;
    found.key = key;
    found.size = static_cast<std::uint64_t>(query.integer(0));
    found.etag = query.text(1);
    found.modified = from_milliseconds(query.integer(2));
    found.headers = headers_from_text(query.text(3));
    found.sha256 = query.text(4);
    found.body.file = query.text(5);
    found.damaged = !query.is_null(6);
    if (with_body)
        found.body.bytes = query.text(7);
    return found;
}

result<listing_page> index_reader::list(std::string_view bucket_name, const listing_query& query)
{
    result<bucket_row> in = bucket(bucket_name);
    if (!in)
        return in.error();
    return list_keys([this, id = in->id](std::string_view from, bool inclusive,
                         std::size_t limit) { return seek(id, from, inclusive, limit); },
        query);
}

result<std::vector<listed_object>> index_reader::seek(
    std::int64_t bucket, std::string_view from, bool inclusive, std::size_t limit)
{
    statement query = inclusive ? index_.prepare("SELECT key, size, etag, modified FROM objects"
                                                 " WHERE bucket = ? AND key >= ? ORDER BY key LIMIT ?")
                                : index_.prepare("SELECT key, size, etag, modified FROM objects"
                                                 " WHERE bucket = ? AND key > ? ORDER BY key LIMIT ?");
    query << bucket << from << static_cast<std::int64_t>(limit);
    std::vector<listed_object> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({query.text(0), static_cast<std::uint64_t>(query.integer(1)), query.text(2),
            from_milliseconds(query.integer(3))});
    }
}

result<upload_row> index_reader::upload(std::string_view id, std::string_view bucket_name, std::string_view key)
{
    result<bucket_row> in = bucket(bucket_name);
    if (!in)
        return in.error();
    statement query = index_.prepare("SELECT created, headers FROM uploads WHERE id = ? AND bucket = ? AND key = ?");
    query << id << in->id << key;
    result<bool> row = query.step();
    if (!row)
        return row.error();
    if (!*row)
        return make_error(fault::no_such_upload);
    return upload_row{std::string(id), in->id, std::string(key), from_milliseconds(query.integer(0)),
        headers_from_text(query.text(1))};
}

result<std::vector<upload_row>> index_reader::uploads(
    std::int64_t bucket, const upload_position& from, bool inclusive, std::size_t limit)
{
    statement query = inclusive ? index_.prepare("SELECT id, key, created FROM uploads WHERE bucket = ?"
                                                 " AND (key, id) >= (?, ?) ORDER BY key, id LIMIT ?")
                                : index_.prepare("SELECT id, key, created FROM uploads WHERE bucket = ?"
                                                 " AND (key, id) > (?, ?) ORDER BY key, id LIMIT ?");
    query << bucket << from.key << from.id << static_cast<std::int64_t>(limit);
    std::vector<upload_row> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({query.text(0), bucket, query.text(1), from_milliseconds(query.integer(2)), {}});
    }
}

result<std::vector<std::string>> index_reader::stale_uploads(wall_time before, std::size_t limit)
{
    statement query = index_.prepare("SELECT id FROM uploads WHERE created < ?1 AND NOT EXISTS"
                                     " (SELECT 1 FROM parts WHERE upload = id AND modified >= ?1) LIMIT ?2");
    query << to_milliseconds(before) << static_cast<std::int64_t>(limit);
    std::vector<std::string> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back(query.text(0));
    }
}

result<std::vector<part_row>> index_reader::parts(std::string_view upload, unsigned after, std::size_t limit)
{
    statement query = index_.prepare("SELECT number, size, etag, modified, file FROM parts"
                                     " WHERE upload = ? AND number > ? ORDER BY number LIMIT ?");
    query << upload << std::int64_t{after} << static_cast<std::int64_t>(limit);
    std::vector<part_row> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({static_cast<unsigned>(query.integer(0)), static_cast<std::uint64_t>(query.integer(1)),
            query.text(2), from_milliseconds(query.integer(3)), query.text(4)});
    }
}

result<std::vector<access_key_row>> index_reader::access_keys(std::string_view bucket_name)
{
    if (result<bucket_row> in = bucket(bucket_name); !in)
        return in.error();
    statement query =
        index_.prepare("SELECT access_keys.id, secret, name, note, rights, access_keys.created FROM access_keys"
                       " JOIN buckets ON buckets.id = bucket WHERE name = ? ORDER BY access_keys.id");
    query << bucket_name;
    return access_keys_of(query);
}

result<std::vector<access_key_row>> index_reader::access_keys()
{
    statement query =
        index_.prepare("SELECT access_keys.id, secret, name, note, rights, access_keys.created FROM access_keys"
                       " JOIN buckets ON buckets.id = bucket");
    return access_keys_of(query);
}

result<std::vector<kept_body>> index_reader::bodies_after(const body_position& from, std::size_t limit)
{
    statement query =
        index_.prepare("SELECT bucket, name, key, size, etag, modified, sha256, small, file, damaged FROM objects"
                       " JOIN buckets ON buckets.id = bucket WHERE (bucket, key) > (?, ?)"
                       " ORDER BY bucket, key LIMIT ?");
    query << from.bucket_id << from.key << static_cast<std::int64_t>(limit);
    std::vector<kept_body> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({query.integer(0), query.text(1), query.text(2), static_cast<std::uint64_t>(query.integer(3)),
            query.text(4), from_milliseconds(query.integer(5)), query.text(6),
            query.is_null(7) ? std::nullopt : std::optional(query.integer(7)), query.text(8), !query.is_null(9)});
    }
}

result<std::optional<std::string>> index_reader::small_body(std::int64_t id)
{
    statement query = index_.prepare("SELECT body FROM small_bodies WHERE id = ?");
    query << id;
    result<bool> row = query.step();
    if (!row)
        return row.error();
    return *row ? std::optional(query.text(0)) : std::nullopt;
}

result<bool> index_reader::has_still(const kept_body& body)
{
    statement query = index_.prepare("SELECT 1 FROM objects WHERE bucket = ? AND key = ? AND etag = ? AND modified = ?"
                                     " AND small IS nullif(?, 0) AND file IS nullif(?, '')");
    query << body.bucket_id << body.key << body.etag << to_milliseconds(body.modified) << body.small.value_or(0)
          << body.file;
    return query.step();
}

result<std::vector<std::string>> index_reader::files()
{
    statement query =
        index_.prepare("SELECT file FROM objects WHERE file IS NOT NULL UNION ALL SELECT file FROM parts");
    std::vector<std::string> found;
    for (;;) {
        result<bool> row = query.step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back(query.text(0));
    }
}

} // namespace fleetman::s3server
