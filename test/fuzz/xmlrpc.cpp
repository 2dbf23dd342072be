#include "fuzz.hpp"

#include <fleetman/host/supervisor_rpc.hpp>

// Answers of a supervisord that may be anything, and names in a request that must stay text.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view xml = fuzz::text(data, size);
    if (const auto answer = host::parse_rpc_answer(xml)) {
        (void)host::states_by_group(host::processes_in(answer->value));
        (void)host::changes_in(answer->value);
    }
    (void)host::states_by_group(host::parse_supervisor_listing(xml));
    (void)host::unexpected_end(xml, "web", "Nov 24 02:22 PM");
    (void)host::rpc_request("supervisor.startProcessGroup", {std::string(xml), true});
    return 0;
}
