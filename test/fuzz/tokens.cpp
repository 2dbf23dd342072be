#include "fuzz.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/model/names.hpp>
#include <fleetman/model/resource_profile.hpp>
#include <fleetman/model/service_templates.hpp>
#include <fleetman/model/tokens.hpp>

// What turns an operator's text into a host's: rendering, line ends, accounts of a unit, names and sizes.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);

    // Values without braces leave nothing to render a second time, but where they join braces that stood apart.
    const model::token_values values{"cell", "/srv/cell", "/srv"};
    const std::string rendered = model::render_tokens(text, values);
    if (text.find("{{{") == std::string_view::npos && text.find("}}}") == std::string_view::npos)
        fuzz::must(model::render_tokens(rendered, values) == rendered);
    for (const model::unresolved_token& token : model::unresolved_tokens(text))
        fuzz::must(!token.name.empty() && token.line >= 1);

    const std::string lines = model::with_unix_line_ends(text);
    fuzz::must(lines.find('\r') == std::string::npos);
    fuzz::must(model::with_unix_line_ends(lines) == lines);
    const std::string unit = model::with_service_account(text, "svc", "www");
    fuzz::must(model::with_service_account(unit, "svc", "www") == unit);

    if (const auto version = model::version::parse(text))
        fuzz::must(version->str() == text);
    if (const auto cell = model::cell_ref::load(text))
        fuzz::must(cell->str() == text);
    if (const auto path = model::file_path::parse(text))
        fuzz::must(is_utf8(path->str()) && !has_control_character(path->str()));
    (void)model::parse_byte_size(text);
    (void)model::cpu_quota(text);
    fuzz::must(is_utf8(in_quotes(text)) && !has_control_character(in_quotes(text)));
    return 0;
}
