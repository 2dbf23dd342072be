#pragma once

#include <string>
#include <string_view>
#include <vector>

// The three tokens that an agent renders into templates, `run.sh` and `app.service`. Blanks inside the braces are
// optional: "{{ fleetagent_cell_id }}" is "{{fleetagent_cell_id}}". Anything else between braces is left alone.

namespace fleetman::model {

struct token_values
{
    std::string cell_id;
    std::string service_working_dir; // absolute, as it stays valid across versions
    std::string base_dir;
};

std::string render_tokens(std::string_view text, const token_values& values);

struct unresolved_token
{
    std::string name;
    std::size_t line; // from 1
};

// The `{{ name }}` that would reach a host as they are: not ours, outside lines that begin with "#" or ";".
std::vector<unresolved_token> unresolved_tokens(std::string_view text);

// LF for CRLF and lone CR, as text and template files are stored.
std::string with_unix_line_ends(std::string_view text);

} // namespace fleetman::model
