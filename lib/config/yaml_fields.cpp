#include "yaml_fields.hpp"

#include <fleetman/core/text.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace fleetman::config {
namespace {

std::string_view kind_of(const yaml_node& node)
{
    switch (node.kind) {
    case yaml_node::type::null: return "nothing";
    case yaml_node::type::scalar: return "text";
    case yaml_node::type::sequence: return "a list";
    case yaml_node::type::map: return "a map";
    }
    return "something else";
}

std::string joined(const std::string& path, std::string_view key)
{
    return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

} // namespace

std::string shown(const yaml_node& node)
{
    if (node.kind != yaml_node::type::scalar)
        return std::string(kind_of(node));
    return in_quotes(node.text);
}

std::optional<bool> yaml_boolean(const yaml_node& node)
{
    if (node.kind != yaml_node::type::scalar || node.quoted)
        return std::nullopt;
    if (node.text == "true" || node.text == "True" || node.text == "TRUE")
        return true;
    if (node.text == "false" || node.text == "False" || node.text == "FALSE")
        return false;
    return std::nullopt;
}

std::optional<std::int64_t> yaml_integer(const yaml_node& node)
{
    if (node.kind != yaml_node::type::scalar || node.quoted)
        return std::nullopt;
    std::string_view digits = node.text;
    int base = 10;
    if (digits.substr(0, 2) == "0x")
        base = 16;
    else if (digits.substr(0, 2) == "0o")
        base = 8;
    if (base != 10)
        digits.remove_prefix(2);
    else if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-')
        digits.remove_prefix(1);
    std::int64_t value = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto [last, failure] = std::from_chars(begin, end, value, base);
    if (failure != std::errc() || last != end || (base != 10 && value < 0))
        return std::nullopt;
    return value;
}

yaml_fields::yaml_fields(const yaml_node& node, std::string path, report& into)
    : line_(node.line), path_(std::move(path)), report_(&into)
{
    if (node.kind == yaml_node::type::null)
        return;
    if (node.kind != yaml_node::type::map) {
        into.mistake(node.line, path_, "must be a map, found " + std::string(kind_of(node)));
        broken_ = true;
        return;
    }
    map_ = &node;
    std::set<std::string_view> seen;
    for (const yaml_entry& entry : node.entries)
        if (!seen.insert(entry.key).second)
            into.mistake(entry.line, joined(path_, entry.key), "is there twice");
}

std::string yaml_fields::path(std::string_view key) const
{
    return joined(path_, key);
}

const yaml_node* yaml_fields::find(std::string_view key, need how)
{
    known_.emplace(key);
    const yaml_node* const value = map_ ? map_->find(key) : nullptr;
    if (value && value->kind != yaml_node::type::null)
        return value;
    if (how == need::required && !broken_)
        report_->mistake(value ? value->line : line_, path(key), value ? "must not be empty" : "is missing");
    return nullptr;
}

void yaml_fields::fail(std::string_view key, std::string message)
{
    const yaml_node* const value = map_ ? map_->find(key) : nullptr;
    report_->mistake(value ? value->line : line_, path(key), std::move(message));
}

std::optional<std::string> yaml_fields::text(std::string_view key, need how)
{
    const yaml_node* const value = find(key, how);
    if (!value)
        return std::nullopt;
    if (value->kind == yaml_node::type::scalar)
        return value->text;
    fail(key, "must be text, found " + std::string(kind_of(*value)));
    return std::nullopt;
}

std::optional<std::string> yaml_fields::filled_text(std::string_view key, need how)
{
    std::optional<std::string> found = text(key, how);
    if (found && found->empty()) {
        fail(key, "must not be empty");
        found.reset();
    }
    return found;
}

std::optional<std::filesystem::path> yaml_fields::file(std::string_view key, need how)
{
    std::optional<std::string> found = filled_text(key, how);
    if (found && has_control_character(*found)) {
        fail(key, "must be a path without control characters");
        found.reset();
    }
    if (!found)
        return std::nullopt;
    return std::filesystem::path(*std::move(found));
}

std::optional<bool> yaml_fields::boolean(std::string_view key, need how)
{
    const yaml_node* const value = find(key, how);
    if (!value)
        return std::nullopt;
    const std::optional<bool> found = yaml_boolean(*value);
    if (!found)
        fail(key, "must be true or false, without quotes; found " + shown(*value));
    return found;
}

std::optional<std::int64_t> yaml_fields::integer(std::string_view key, std::int64_t least, std::int64_t most, need how)
{
    const yaml_node* const value = find(key, how);
    if (!value)
        return std::nullopt;
    const std::optional<std::int64_t> found = yaml_integer(*value);
    if (found && *found >= least && *found <= most)
        return found;
    fail(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                  ", without quotes; found " + shown(*value));
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> yaml_fields::duration_ms(
    std::string_view key, std::chrono::milliseconds least, std::chrono::milliseconds most, need how)
{
    const std::optional<std::int64_t> found = integer(key, least.count(), most.count(), how);
    if (!found)
        return std::nullopt;
    return std::chrono::milliseconds(*found);
}

std::optional<std::int64_t> yaml_fields::nearest_integer(
    std::string_view key, std::int64_t least, std::int64_t most, need how)
{
    const yaml_node* const value = find(key, how);
    if (!value)
        return std::nullopt;
    const std::optional<std::int64_t> found = yaml_integer(*value);
    if (!found || *found < 0 || (*found >= least && *found <= most))
        return integer(key, least, most, how);
    const std::int64_t nearest = std::clamp(*found, least, most);
    report_->warning(value->line, path(key),
        "should be from " + std::to_string(least) + " to " + std::to_string(most) + "; " + shown(*value) +
            " is taken for " + std::to_string(nearest));
    return nearest;
}

std::optional<std::chrono::milliseconds> yaml_fields::nearest_duration_ms(
    std::string_view key, std::chrono::milliseconds least, std::chrono::milliseconds most, need how)
{
    const std::optional<std::int64_t> found = nearest_integer(key, least.count(), most.count(), how);
    return found ? std::optional(std::chrono::milliseconds(*found)) : std::nullopt;
}

std::optional<std::vector<std::string>> yaml_fields::texts(std::string_view key, need how)
{
    const yaml_node* const value = find(key, how);
    if (!value)
        return std::nullopt;
    if (value->kind != yaml_node::type::sequence) {
        fail(key, "must be a list, found " + shown(*value));
        return std::nullopt;
    }
    std::vector<std::string> found;
    for (std::size_t i = 0; i < value->items.size(); ++i) {
        const yaml_node& item = value->items[i];
        if (item.kind == yaml_node::type::scalar)
            found.push_back(item.text);
        else
            report_->mistake(item.line, path(key) + '[' + std::to_string(i) + ']',
                "must be text, found " + std::string(kind_of(item)));
    }
    return found;
}

std::vector<const yaml_entry*> yaml_fields::entries(std::string_view key)
{
    const yaml_node* const value = find(key, need::optional);
    if (!value)
        return {};
    if (value->kind != yaml_node::type::map) {
        fail(key, "must be a map of names, found " + shown(*value));
        return {};
    }
    std::map<std::string_view, const yaml_entry*> last;
    for (const yaml_entry& entry : value->entries)
        if (!last.insert_or_assign(entry.key, &entry).second)
            report_->warning(entry.line, joined(path(key), entry.key), "is there twice; the last one counts");
    std::vector<const yaml_entry*> found;
    for (const yaml_entry& entry : value->entries)
        if (last.at(entry.key) == &entry)
            found.push_back(&entry);
    return found;
}

void yaml_fields::warn_of_unknown_keys()
{
    if (!map_)
        return;
    for (const yaml_entry& entry : map_->entries)
        if (known_.find(entry.key) == known_.end())
            report_->warning(entry.line, path(entry.key), "is not known and is ignored");
}

} // namespace fleetman::config
