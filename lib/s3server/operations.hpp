#pragma once

#include "s3_request.hpp"

#include <string_view>

// Every S3 operation that this store has, each a function from a request to an answer (S3 API reference, "Actions").
// Failures are S3 faults; who calls them makes the XML.

namespace fleetman::s3server {

answer list_buckets(s3_request& asked, store_parts& store);

answer create_bucket(s3_request& asked, store_parts& store);
answer head_bucket(s3_request& asked, store_parts& store);
answer delete_bucket(s3_request& asked, store_parts& store);
answer bucket_location(s3_request& asked, store_parts& store);

// ListObjectsV2 with list-type=2, else ListObjects.
answer list_objects(s3_request& asked, store_parts& store);
answer delete_many(s3_request& asked, store_parts& store);

answer put_object(s3_request& asked, store_parts& store);
answer get_object(s3_request& asked, store_parts& store); // HeadObject too
answer copy_object(s3_request& asked, store_parts& store);
answer delete_object(s3_request& asked, store_parts& store);

answer list_uploads(s3_request& asked, store_parts& store);
answer create_upload(s3_request& asked, store_parts& store);
answer upload_part(s3_request& asked, store_parts& store);
answer copy_part(s3_request& asked, store_parts& store);
answer list_parts(s3_request& asked, store_parts& store);
answer complete_upload(s3_request& asked, store_parts& store);
answer abort_upload(s3_request& asked, store_parts& store);

// 3 to 63 of a-z 0-9 . -, beginning and ending with a letter or digit (S3 user guide, "Bucket naming rules").
bool is_bucket_name(std::string_view name);

// At most 1024 bytes of UTF-8 without NUL. Fails with key_too_long or invalid_argument.
result<void> check_key(std::string_view key);

// Of an upload's part, 1 to 10000. Fails with invalid_argument.
result<unsigned> part_number(const s3_request& asked);

// Makes `part` the upload's; its file, or the one that it replaces, is removed. Fails with no_such_upload.
task<result<void>> keep_part(s3_request& asked, store_parts& store, part_row part);

// Removes files that a change of the index has freed, away from the I/O thread.
task<void> remove_files(store_parts& store, freed_files names);

} // namespace fleetman::s3server
