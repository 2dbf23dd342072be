#include "../../lib/api/client_address.hpp"
#include "../../lib/api/credentials.hpp"
#include "fuzz.hpp"

#include <algorithm>

// What a request says of who sent it: the text as cookies, as an Authorization field and as a proxy's list of hops.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto session = api::session_from(text, "fleetman")) {
        const std::string& id = session->reveal();
        fuzz::must(id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string::npos);
        // A second cookie of this name, wherever it stands, leaves none.
        fuzz::must(!api::session_from("fleetman=x;" + std::string(text), "fleetman"));
        fuzz::must(!api::session_from(std::string(text) + ";fleetman=x", "fleetman"));
    }
    if (const auto token = api::bearer_from(text); token && *token)
        fuzz::must(std::ranges::all_of((*token)->reveal(), [](char c) { return c > ' ' && c < 0x7f; }));

    http::request request;
    request.peer = "127.0.0.1:1";
    request.fields.set("X-Forwarded-For", text);
    const auto client = api::client_of(request, {"127.0.0.1"});
    fuzz::must(!client.https && !client.address.empty() && client.address.find(',') == std::string::npos);
    request.peer = "192.0.2.1:1";
    fuzz::must(api::client_of(request, {"127.0.0.1"}).address == "192.0.2.1");
    request.peer = std::string(text);
    (void)api::client_of(request, {});
    return 0;
}
