#include <fleetman/core/text.hpp>
#include <fleetman/model/names.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace fleetman::model {
namespace {

constexpr std::size_t key_part_max_bytes = 255;
constexpr std::size_t path_max_bytes = 1024;

struct name_rule
{
    std::string_view what;
    std::size_t longest;
    bool dots; // inside only: a leading "." would make a hidden file
    std::string_view allowed;
};

constexpr std::string_view with_dots = "1 to 64 of A-Z a-z 0-9 - _ . not beginning with \".\"";
constexpr std::string_view without_dots = "1 to 40 of A-Z a-z 0-9 - _";

constexpr name_rule rule_of(const node_tag*)
{
    return {"node id", 64, true, with_dots};
}
constexpr name_rule rule_of(const cell_tag*)
{
    return {"cell id", 64, true, with_dots};
}
constexpr name_rule rule_of(const manifest_tag*)
{
    return {"manifest name", 64, true, with_dots};
}
constexpr name_rule rule_of(const bucket_tag*)
{
    return {"bucket name", 40, false, without_dots};
}
constexpr name_rule rule_of(const profile_tag*)
{
    return {"resource profile name", 40, false, without_dots};
}
constexpr name_rule rule_of(const prefix_tag*)
{
    return {"prefix", key_part_max_bytes, false, "1 to 255 of A-Z a-z 0-9 - _"};
}

bool is_word(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool follows(const name_rule& rule, std::string_view text)
{
    return !text.empty() && text.size() <= rule.longest && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || (rule.dots && c == '.'); });
}

bool is_key_part(std::string_view text)
{
    return !text.empty() && text.size() <= key_part_max_bytes && text.find('/') == std::string_view::npos &&
           text != "." && text != ".." && !has_control_character(text) && is_utf8(text);
}

error refused(std::string_view what, std::string_view text, std::string_view allowed)
{
    return {errc::invalid, "a " + std::string(what) + " is " + std::string(allowed) + "; found " + in_quotes(text)};
}

constexpr std::string_view key_part_rule =
    "1 to 255 bytes of text without \"/\" or control characters, not \".\" or \"..\"";

} // namespace

template <class Tag>
result<name<Tag>> name<Tag>::parse(std::string_view text)
{
    constexpr name_rule rule = rule_of(static_cast<const Tag*>(nullptr));
    if (!follows(rule, text))
        return refused(rule.what, text, rule.allowed);
    return name(std::string(text));
}

template <class Tag>
result<name<Tag>> name<Tag>::load(std::string_view text)
{
    if (!is_key_part(text))
        return refused(rule_of(static_cast<const Tag*>(nullptr)).what, text, key_part_rule);
    return name(std::string(text));
}

template class name<node_tag>;
template class name<cell_tag>;
template class name<manifest_tag>;
template class name<bucket_tag>;
template class name<profile_tag>;
template class name<prefix_tag>;

namespace {

template <class Make>
result<cell_ref> split_ref(std::string_view text, Make make)
{
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return refused("cell", text, "written node/cell");
    return make(text.substr(0, slash), text.substr(slash + 1));
}

} // namespace

result<cell_ref> cell_ref::parse(std::string_view text)
{
    return split_ref(text, [](std::string_view node_text, std::string_view cell_text) -> result<cell_ref> {
        result<node_id> node = node_id::parse(node_text);
        if (!node)
            return node.error();
        result<cell_id> cell = cell_id::parse(cell_text);
        if (!cell)
            return cell.error();
        return cell_ref{*std::move(node), *std::move(cell)};
    });
}

result<cell_ref> cell_ref::load(std::string_view text)
{
    return split_ref(text, [](std::string_view node_text, std::string_view cell_text) -> result<cell_ref> {
        result<node_id> node = node_id::load(node_text);
        if (!node)
            return node.error();
        result<cell_id> cell = cell_id::load(cell_text);
        if (!cell)
            return cell.error();
        return cell_ref{*std::move(node), *std::move(cell)};
    });
}

namespace {

// "v1.2.3" → {1, 2, 3}; nothing for leading zeros, signs, and what does not fit into 32 bits.
std::optional<std::array<std::uint32_t, 3>> numbers_of(std::string_view text)
{
    if (text.empty() || text.front() != 'v')
        return std::nullopt;
    const std::vector<std::string> parts = split(text.substr(1), '.');
    if (parts.size() != 3)
        return std::nullopt;
    std::array<std::uint32_t, 3> numbers{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::optional<std::uint32_t> number = parse_integer<std::uint32_t>(parts[i]);
        if (!number || (parts[i].size() > 1 && parts[i].front() == '0'))
            return std::nullopt;
        numbers[i] = *number;
    }
    return numbers;
}

} // namespace

result<version> version::parse(std::string_view text)
{
    const auto numbers = numbers_of(text);
    if (!numbers)
        return refused("version", text, "v<major>.<minor>.<patch>, each a number without leading zeros");
    version made{std::string(text)};
    made.numbered_ = true;
    made.major_ = (*numbers)[0];
    made.minor_ = (*numbers)[1];
    made.patch_ = (*numbers)[2];
    return made;
}

result<version> version::load(std::string_view text)
{
    if (result<version> numbered = parse(text))
        return numbered;
    if (!is_key_part(text))
        return refused("version", text, key_part_rule);
    return version(std::string(text));
}

std::strong_ordering version::operator<=>(const version& other) const noexcept
{
    if (numbered_ != other.numbered_)
        return numbered_ <=> other.numbered_;
    if (!numbered_)
        return text_ <=> other.text_;
    if (major_ != other.major_)
        return major_ <=> other.major_;
    if (minor_ != other.minor_)
        return minor_ <=> other.minor_;
    return patch_ <=> other.patch_;
}

namespace {

// Why a path cannot be one of a version's files; empty when it can.
std::string_view path_fault(std::string_view path)
{
    if (path.empty())
        return "is empty";
    if (path.size() > path_max_bytes)
        return "has more than 1024 bytes";
    if (path.front() == '/')
        return "begins with \"/\"; it must be relative";
    if (has_control_character(path))
        return "has a control character";
    if (!is_utf8(path))
        return "is not valid UTF-8";
    if (path == "manifest.json" || path == "overrides_manifest.json")
        return "is the name of a document that Fleetman writes itself";
    std::string_view rest = path;
    if (rest.back() == '/')
        rest.remove_suffix(1);
    for (const std::string& part : split(rest, '/')) {
        if (part.empty())
            return "has an empty part";
        if (part == "." || part == "..")
            return "has a part that is \".\" or \"..\"";
        if (part.size() > key_part_max_bytes)
            return "has a part of more than 255 bytes, which no file system holds";
    }
    return {};
}

} // namespace

result<file_path> file_path::parse(std::string_view text)
{
    if (const std::string_view fault = path_fault(text); !fault.empty())
        return error(errc::invalid, "the path " + in_quotes(text) + ' ' + std::string(fault));
    return file_path(std::string(text));
}

std::string_view file_path::file_name() const noexcept
{
    std::string_view last = text_;
    if (last.back() == '/')
        last.remove_suffix(1);
    const std::size_t slash = last.rfind('/');
    return slash == std::string_view::npos ? last : last.substr(slash + 1);
}

} // namespace fleetman::model
