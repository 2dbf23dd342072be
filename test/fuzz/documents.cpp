#include "fuzz.hpp"

#include <fleetman/model/documents.hpp>

// A document that is read can be written, and what is written says the same when it is read again.

using namespace fleetman;

namespace {

template <class Parse>
void survives(std::string_view json, Parse parse)
{
    const auto read = parse(json);
    if (!read)
        return;
    const std::string written = serialize(*read);
    const auto again = parse(written);
    fuzz::must(again.has_value());
    fuzz::must(serialize(*again) == written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view json = fuzz::text(data, size);
    survives(json, model::parse_trigger);
    survives(json, model::parse_cell_metadata);
    survives(json, model::parse_overrides_manifest);
    survives(json, model::parse_deployment_status);
    survives(json, model::parse_agent_report);
    survives(json, model::parse_bell);
    return 0;
}
