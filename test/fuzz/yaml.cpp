#include "../../lib/config/yaml_json.hpp"
#include "fuzz.hpp"

// What is written means what was read, and writing it again changes nothing.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto tree = config::parse_yaml(fuzz::text(data, size));
    if (!tree)
        return 0;
    const std::string written = config::write_yaml(*tree);
    const auto again = config::parse_yaml(written);
    fuzz::must(again.has_value());
    fuzz::must(config::to_json(*again, {}) == config::to_json(*tree, {}));
    fuzz::must(config::write_yaml(*again) == written);
    return 0;
}
