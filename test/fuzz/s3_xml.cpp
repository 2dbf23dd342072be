#include "../../lib/s3/xml.hpp"
#include "fuzz.hpp"

// Answers of a store that may be anything.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view xml = fuzz::text(data, size);
    (void)s3::parse_error(xml);
    (void)s3::parse_error_region(xml);
    (void)s3::parse_list(xml);
    (void)s3::parse_copy(xml);
    (void)s3::parse_copy(xml, "CopyPartResult");
    (void)s3::parse_upload_id(xml);
    (void)s3::parse_completion(xml);
    (void)s3::completion_request({std::string(xml)});
    (void)s3::is_cut_off(xml, "ListBucketResult");
    (void)s3::parse_delete(xml);
    (void)s3::delete_request({std::string(xml)});
    return 0;
}
