#include "../../lib/http/target.hpp"
#include "../../lib/s3server/presented_signature.hpp"
#include "fuzz.hpp"

// A request's claim of who sent it, in the Authorization field or in the query, before anything is verified.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    http::request by_header;
    by_header.fields.set(http::field::authorization, text.substr(0, 4096));
    by_header.fields.set("x-amz-date", "20260105T100000Z");
    by_header.fields.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    (void)s3server::read_signature(by_header);

    http::request by_query;
    by_query.target = "/?" + std::string(text);
    if (http::read_target(by_query))
        (void)s3server::read_signature(by_query);
    return 0;
}
