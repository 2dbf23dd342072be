#include <fleetman/model/tokens.hpp>

#include <algorithm>
#include <optional>

namespace fleetman::model {
namespace {

constexpr std::string_view blanks = " \t";

bool is_name_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

struct token
{
    std::string_view name;
    std::size_t length; // with its braces
};

// The token that begins at the front of `text`, which begins with "{{".
std::optional<token> token_at(std::string_view text)
{
    const std::size_t name = text.find_first_not_of(blanks, 2);
    if (name == std::string_view::npos)
        return std::nullopt;
    const auto* const end = std::find_if_not(text.begin() + name, text.end(), is_name_character);
    const auto name_end = static_cast<std::size_t>(end - text.begin());
    const std::size_t close = text.find_first_not_of(blanks, name_end);
    if (name_end == name || close == std::string_view::npos || text.substr(close, 2) != "}}")
        return std::nullopt;
    return token{text.substr(name, name_end - name), close + 2};
}

const std::string* value_of(std::string_view name, const token_values& values)
{
    if (name == "fleetagent_cell_id")
        return &values.cell_id;
    if (name == "fleetagent_service_working_dir")
        return &values.service_working_dir;
    if (name == "fleetagent_base_dir")
        return &values.base_dir;
    return nullptr;
}

bool is_comment(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(blanks);
    return first != std::string_view::npos && (line[first] == '#' || line[first] == ';');
}

} // namespace

std::string render_tokens(std::string_view text, const token_values& values)
{
    std::string rendered;
    rendered.reserve(text.size());
    for (;;) {
        const std::size_t open = text.find("{{");
        rendered += text.substr(0, open);
        if (open == std::string_view::npos)
            return rendered;
        text.remove_prefix(open);
        const std::optional<token> found = token_at(text);
        const std::string* const value = found ? value_of(found->name, values) : nullptr;
        // One brace only where it is no token of ours: "{{{ fleetagent_cell_id }}" has one at its second brace.
        rendered += value ? std::string_view(*value) : text.substr(0, 1);
        text.remove_prefix(value ? found->length : 1);
    }
}

std::vector<unresolved_token> unresolved_tokens(std::string_view text)
{
    std::vector<unresolved_token> found;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (is_comment(line))
            continue;
        for (std::size_t open = line.find("{{"); open != std::string_view::npos; open = line.find("{{", open + 1)) {
            const std::optional<token> seen = token_at(line.substr(open));
            if (seen && seen->name.substr(0, 11) != "fleetagent_")
                found.push_back({std::string(seen->name), number});
        }
    }
    return found;
}

std::string with_unix_line_ends(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            plain += text[i];
            continue;
        }
        plain += '\n';
        if (i + 1 < text.size() && text[i + 1] == '\n')
            ++i;
    }
    return plain;
}

} // namespace fleetman::model
