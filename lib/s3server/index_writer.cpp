#include "faults.hpp"
#include "index_reader.hpp"
#include "index_writer.hpp"

namespace fleetman::s3server {

result<void> index_writer::create_bucket(std::string_view name, wall_time now)
{
    statement insert = index_.prepare("INSERT INTO buckets (name, created) VALUES (?, ?) ON CONFLICT DO NOTHING");
    insert << name << to_milliseconds(now);
    result<void> done = insert.run();
    if (!done)
        return done;
    if (index_.changes() == 0)
        return make_error(fault::bucket_already_owned_by_you);
    return {};
}

result<void> index_writer::delete_bucket(std::string_view name)
{
    result<std::int64_t> id = bucket_id(name);
    if (!id)
        return id.error();
    for (const std::string_view sql :
        {"SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", "SELECT 1 FROM uploads WHERE bucket = ? LIMIT 1"}) {
        statement query = index_.prepare(sql);
        query << *id;
        result<bool> occupied = query.step();
        if (!occupied)
            return occupied.error();
        if (*occupied)
            return make_error(fault::bucket_not_empty);
    }
    for (const std::string_view sql :
        {"DELETE FROM access_keys WHERE bucket = ?", "DELETE FROM buckets WHERE id = ?"}) {
        statement remove = index_.prepare(sql);
        remove << *id;
        if (result<void> removed = remove.run(); !removed)
            return removed;
    }
    return {};
}

result<freed_files> index_writer::put_object(
    std::string_view bucket, const object_row& object, const write_condition& when)
{
    result<std::int64_t> id = bucket_id(bucket);
    if (!id)
        return id.error();
    result<void> allowed = check(*id, object.key, when);
    if (!allowed)
        return allowed.error();
    result<freed_files> freed = remove_row(*id, object.key);
    if (!freed)
        return freed;

    const bool small = object.body.file.empty() && !object.body.bytes.empty();
    if (small) {
        statement keep = index_.prepare("INSERT INTO small_bodies (body) VALUES (?)");
        keep << blob_view{object.body.bytes};
        result<void> kept = keep.run();
        if (!kept)
            return kept.error();
    }
    const std::string headers = headers_to_text(object.headers);
    statement insert =
        index_.prepare("INSERT INTO objects (bucket, key, size, etag, modified, headers, sha256, small, file)"
                       " VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, 0), nullif(?, ''))");
    insert << *id << object.key << static_cast<std::int64_t>(object.size) << object.etag
           << to_milliseconds(object.modified) << headers << object.sha256 << (small ? index_.last_rowid() : 0)
           << object.body.file;
    result<void> inserted = insert.run();
    if (!inserted)
        return inserted.error();
    return freed;
}

result<freed_files> index_writer::remove_object(std::string_view bucket, std::string_view key)
{
    result<std::int64_t> id = bucket_id(bucket);
    if (!id)
        return id.error();
    return remove_row(*id, key);
}

result<bool> index_writer::note_check(const kept_body& body, std::string_view sha256, wall_time now)
{
    statement update =
        sha256.empty()
            ? index_.prepare("UPDATE objects SET damaged = ? WHERE bucket = ? AND key = ? AND etag = ? AND modified = ?"
                             " AND small IS nullif(?, 0) AND file IS nullif(?, '')")
            : index_.prepare("UPDATE objects SET damaged = NULL, sha256 = ? WHERE bucket = ? AND key = ? AND etag = ?"
                             " AND modified = ? AND small IS nullif(?, 0) AND file IS nullif(?, '')");
    if (sha256.empty())
        update << to_milliseconds(now);
    else
        update << sha256;
    update << body.bucket_id << body.key << body.etag << to_milliseconds(body.modified) << body.small.value_or(0)
           << body.file;
    if (result<void> done = update.run(); !done)
        return done.error();
    return index_.changes() != 0;
}

result<void> index_writer::create_upload(std::string_view bucket, const upload_row& upload)
{
    result<std::int64_t> id = bucket_id(bucket);
    if (!id)
        return id.error();
    const std::string headers = headers_to_text(upload.headers);
    statement insert = index_.prepare("INSERT INTO uploads (id, bucket, key, created, headers) VALUES (?, ?, ?, ?, ?)");
    insert << upload.id << *id << upload.key << to_milliseconds(upload.created) << headers;
    return insert.run();
}

result<freed_files> index_writer::put_part(std::string_view upload, const part_row& part)
{
    statement asked = index_.prepare("SELECT 1 FROM uploads WHERE id = ?");
    asked << upload;
    result<bool> known = asked.step();
    if (!known)
        return known.error();
    if (!*known)
        return make_error(fault::no_such_upload);

    freed_files freed;
    statement before = index_.prepare("DELETE FROM parts WHERE upload = ? AND number = ? RETURNING file");
    before << upload << std::int64_t{part.number};
    for (;;) {
        result<bool> row = before.step();
        if (!row)
            return row.error();
        if (!*row)
            break;
        freed.push_back(before.text(0));
    }
    statement insert =
        index_.prepare("INSERT INTO parts (upload, number, size, etag, modified, file) VALUES (?, ?, ?, ?, ?, ?)");
    insert << upload << std::int64_t{part.number} << static_cast<std::int64_t>(part.size) << part.etag
           << to_milliseconds(part.modified) << part.file;
    result<void> inserted = insert.run();
    if (!inserted)
        return inserted.error();
    return freed;
}

result<freed_files> index_writer::complete_upload(
    std::string_view bucket, std::string_view upload, const object_row& object, const write_condition& when)
{
    result<freed_files> parts = abort_upload(upload);
    if (!parts)
        return parts;
    result<freed_files> replaced = put_object(bucket, object, when);
    if (!replaced)
        return replaced;
    parts->insert(parts->end(), replaced->begin(), replaced->end());
    return parts;
}

result<freed_files> index_writer::abort_upload(std::string_view upload)
{
    freed_files freed;
    statement parts = index_.prepare("DELETE FROM parts WHERE upload = ? RETURNING file");
    parts << upload;
    for (;;) {
        result<bool> row = parts.step();
        if (!row)
            return row.error();
        if (!*row)
            break;
        freed.push_back(parts.text(0));
    }
    statement remove = index_.prepare("DELETE FROM uploads WHERE id = ?");
    remove << upload;
    result<void> removed = remove.run();
    if (!removed)
        return removed.error();
    if (index_.changes() == 0)
        return make_error(fault::no_such_upload);
    return freed;
}

result<void> index_writer::put_access_key(const access_key_row& key, std::size_t most)
{
    result<std::int64_t> id = bucket_id(key.bucket);
    if (!id)
        return id.error();
    statement counted = index_.prepare("SELECT count(*) FROM access_keys WHERE bucket = ?");
    counted << *id;
    result<bool> row = counted.step();
    if (!row)
        return row.error();
    if (static_cast<std::size_t>(counted.integer(0)) >= most)
        return make_error(fault::invalid_request,
            "The bucket has " + std::to_string(most) + " access keys, which is the most: revoke some first");
    const std::string rights = lines_to_text(key.rights);
    statement insert =
        index_.prepare("INSERT INTO access_keys (id, secret, bucket, note, rights, created) VALUES (?, ?, ?, ?, ?, ?)");
    insert << key.id << key.secret_key.reveal() << *id << key.note << rights << to_milliseconds(key.created);
    return insert.run();
}

result<void> index_writer::remove_access_key(std::string_view bucket, std::string_view id)
{
    result<std::int64_t> in = bucket_id(bucket);
    if (!in)
        return in.error();
    statement remove = index_.prepare("DELETE FROM access_keys WHERE bucket = ? AND id = ?");
    remove << *in << id;
    result<void> removed = remove.run();
    if (removed && index_.changes() == 0)
        return make_error(fault::no_such_key, "The bucket has no such access key");
    return removed;
}

result<std::int64_t> index_writer::bucket_id(std::string_view name)
{
    result<bucket_row> found = index_reader(index_).bucket(name);
    if (!found)
        return found.error();
    return found->id;
}

result<void> index_writer::check(std::int64_t bucket, std::string_view key, const write_condition& when)
{
    if (when.none())
        return {};
    statement query = index_.prepare("SELECT etag FROM objects WHERE bucket = ? AND key = ?");
    query << bucket << key;
    result<bool> present = query.step();
    if (!present)
        return present.error();
    if (when.must_be_absent)
        return *present ? result<void>(make_error(fault::precondition_failed)) : result<void>();
    if (!*present)
        return make_error(fault::no_such_key);
    if (when.etag != "*" && when.etag != query.text(0))
        return make_error(fault::precondition_failed);
    return {};
}

result<freed_files> index_writer::remove_row(std::int64_t bucket, std::string_view key)
{
    statement remove = index_.prepare("DELETE FROM objects WHERE bucket = ? AND key = ? RETURNING small, file");
    remove << bucket << key;
    result<bool> removed = remove.step();
    if (!removed)
        return removed.error();
    freed_files freed;
    if (!*removed)
        return freed;
    if (!remove.is_null(1))
        freed.push_back(remove.text(1));
    if (remove.is_null(0))
        return freed;
    statement body = index_.prepare("DELETE FROM small_bodies WHERE id = ?");
    body << remove.integer(0);
    result<void> dropped = body.run();
    if (!dropped)
        return dropped.error();
    return freed;
}

} // namespace fleetman::s3server
