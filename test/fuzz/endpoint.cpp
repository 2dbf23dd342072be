#include "fuzz.hpp"

#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/proxy.hpp>

// An endpoint that is accepted is spelled in one way, which is accepted too.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto read = net::parse_endpoint(text)) {
        const auto again = net::parse_endpoint(read->url());
        fuzz::must(again.has_value() && *again == *read);
        fuzz::must(read->host_header().find_first_of("\r\n /@") == std::string::npos);
    }
    (void)net::parse_listen_address(text);
    if (const auto by = net::parse_proxy(text)) {
        fuzz::must(!by->at.host.empty() && by->at.port != 0);
        fuzz::must(by->authorization.reveal().find_first_of("\r\n") == std::string::npos);
    }
    (void)net::is_excepted(text, {"s3.example.net", 443});
    return 0;
}
