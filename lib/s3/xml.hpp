#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/storage/object_store.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// S3's XML answers as values (Amazon S3 API reference). Everything here comes from outside: what is not the document
// expected is an error with errc::failed, and never half a value.

namespace fleetman::s3 {

// Nothing when the text is not an <Error> document.
std::optional<store_fault> parse_error(std::string_view xml);

// The region that an <Error> names; empty when it names none.
std::string parse_error_region(std::string_view xml);

// Whether a document of this root element begins but does not end here. Cheap: nothing is parsed.
bool is_cut_off(std::string_view xml, std::string_view root);

// ListBucketResult of ListObjectsV2, `encoding-type=url` undone.
result<storage::list_page> parse_list(std::string_view xml);

// The new ETag in a CopyObjectResult or CopyPartResult (`root`).
result<std::string> parse_copy(std::string_view xml, std::string_view root = "CopyObjectResult");

// The id in an InitiateMultipartUploadResult.
result<std::string> parse_upload_id(std::string_view xml);

// The ETag in a CompleteMultipartUploadResult, which Ceph RGW leaves empty.
result<std::string> parse_completion(std::string_view xml);

// The body of CompleteMultipartUpload: the parts' ETags in order, from part 1 on.
std::string completion_request(const std::vector<std::string>& etags);

// The keys that DeleteObjects did not delete, each with the store's reason; empty: all are gone.
struct undeleted
{
    std::string key;
    store_fault why;
};
result<std::vector<undeleted>> parse_delete(std::string_view xml);

// The body of DeleteObjects, quiet: the answer names failures only.
std::string delete_request(const std::vector<std::string>& keys);

// ETags are kept without quotes.
std::string unquoted(std::string_view etag);

} // namespace fleetman::s3
