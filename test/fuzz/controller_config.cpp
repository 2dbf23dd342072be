#include "fuzz.hpp"

#include <fleetman/config/controller_config.hpp>
#include <fleetman/model/rules.hpp>

// Any text is a configuration or a list of mistakes; no address beyond loopback comes through without a login.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto read = config::parse_controller_config(fuzz::text(data, size), "f");
    if (!read) {
        fuzz::must(!read.error().fields().empty());
        return 0;
    }
    const config::web_console& console = read->value.console;
    if (console.bind == "0.0.0.0" || console.bind == "::")
        fuzz::must(console.form_login || console.insecure);
    const model::known_names known = config::known_names(read->value);
    for (const auto& [name, manifest] : read->value.manifests)
        (void)model::violations(manifest, known);
    return 0;
}
