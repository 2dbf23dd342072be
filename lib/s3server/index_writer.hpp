#pragma once

#include "rows.hpp"
#include "sqlite.hpp"

#include <string_view>
#include <vector>

// Changes to the index. Each runs inside the writer's transaction, so that what it checks still holds when it writes:
// of racing conditional writes exactly one wins.

namespace fleetman::s3server {

class index_writer
{
public:
    explicit index_writer(database& index) : index_(index) {}

    // Fails with bucket_already_owned_by_you.
    result<void> create_bucket(std::string_view name, wall_time now);
    // Fails with no_such_bucket or bucket_not_empty (uploads under way count).
    result<void> delete_bucket(std::string_view name);

    // Puts `object` in place of what is there. Fails with no_such_bucket, precondition_failed, or no_such_key when
    // an ETag is demanded of an absent key.
    result<freed_files> put_object(std::string_view bucket, const object_row& object, const write_condition& when);

    // An absent key is no failure.
    result<freed_files> remove_object(std::string_view bucket, std::string_view key);

    // What was found of an object's body: its SHA-256 (hex), or, when that is empty, that it is damaged. False, and
    // nothing is written, when the object has another body by now.
    result<bool> note_check(const kept_body& body, std::string_view sha256, wall_time now);

    result<void> create_upload(std::string_view bucket, const upload_row& upload);
    // Fails with no_such_upload.
    result<freed_files> put_part(std::string_view upload, const part_row& part);
    // Ends the upload with `object`, which its parts became; their files are freed. Fails with no_such_upload, and as
    // put_object does.
    result<freed_files> complete_upload(
        std::string_view bucket, std::string_view upload, const object_row& object, const write_condition& when);
    result<freed_files> abort_upload(std::string_view upload);

    // Fails with no_such_bucket, and with invalid_request when the bucket has `most` already.
    result<void> put_access_key(const access_key_row& key, std::size_t most);
    // Fails with no_such_bucket or no_such_key.
    result<void> remove_access_key(std::string_view bucket, std::string_view id);

private:
    result<std::int64_t> bucket_id(std::string_view name);
    result<void> check(std::int64_t bucket, std::string_view key, const write_condition& when);
    result<freed_files> remove_row(std::int64_t bucket, std::string_view key);

    database& index_;
};

} // namespace fleetman::s3server
