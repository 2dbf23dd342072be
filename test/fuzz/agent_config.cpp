#include "fuzz.hpp"

#include <fleetman/config/agent_config.hpp>

// Any text is a configuration or a list of mistakes; a configuration's folders are absolute and its bounds are kept.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto read = config::parse_agent_config(fuzz::text(data, size), "f");
    if (!read) {
        fuzz::must(!read.error().fields().empty());
        return 0;
    }
    fuzz::must(read->value.base_dir.is_absolute() && read->value.state_directory.is_absolute());
    fuzz::must(read->value.check_interval.count() > 0 && read->value.max_parallel > 0);
    return 0;
}
