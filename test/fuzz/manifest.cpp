#include "fuzz.hpp"

#include <fleetman/model/manifest.hpp>
#include <fleetman/model/rules.hpp>
#include <fleetman/model/service_templates.hpp>

// A snapshot keeps its meaning when it is written, holds no path that leaves its folder, and an agent that takes it can
// lay out all of its files.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view json = fuzz::text(data, size);
    static const model::manifest_name name = model::manifest_name::parse("m").value();
    static const model::version version = model::version::parse("v1.0.0").value();

    if (const auto read = model::parse_snapshot(json)) {
        const auto again = model::parse_snapshot(model::serialize(*read));
        fuzz::must(again.has_value() && again->content == read->content && again->name == read->name);
        (void)model::violations(read->content, {});
        (void)model::default_app_service(read->content, std::nullopt);
        for (const model::file_entry& file : read->content.files) {
            fuzz::must(model::file_path::parse(file.path.str()).has_value());
            fuzz::must(("/" + file.path.str() + "/").find("/../") == std::string::npos);
        }
    }
    if (const auto read = model::parse_snapshot_for_agent(json, name, version))
        fuzz::must(model::path_conflicts(read->content.files).empty());
    return 0;
}
