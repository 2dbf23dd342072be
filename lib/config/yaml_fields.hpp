#pragma once

#include "report.hpp"
#include "yaml_tree.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Reads the fields of one map of a configuration file: each under its dotted path, every mistake reported, every key
// that nobody asked for named at the end. A field that is null counts as absent.

namespace fleetman::config {

enum class need
{
    required,
    optional
};

// The core schema's booleans and integers (YAML 1.2.2 section 10.3.2); `yes`, `on` and `off` are texts.
std::optional<bool> yaml_boolean(const yaml_node& node);
std::optional<std::int64_t> yaml_integer(const yaml_node& node);

class yaml_fields
{
public:
    // What is no map is itself the mistake, and no field is missed; so is a key that is there twice.
    yaml_fields(const yaml_node& node, std::string path, report& into);

    // Any scalar, as it is written: `prefix: 1` is the text "1", as the original has it.
    std::optional<std::string> text(std::string_view key, need how);
    // Like text(), but an empty one is a mistake.
    std::optional<std::string> filled_text(std::string_view key, need how);
    std::optional<std::filesystem::path> file(std::string_view key, need how);
    std::optional<bool> boolean(std::string_view key, need how);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most, need how);
    std::optional<std::chrono::milliseconds> duration_ms(
        std::string_view key, std::chrono::milliseconds least, std::chrono::milliseconds most, need how);
    // Where the original takes any whole number from 0: one outside the range counts as the nearest in it, and is
    // warned of.
    std::optional<std::int64_t> nearest_integer(std::string_view key, std::int64_t least, std::int64_t most, need how);
    std::optional<std::chrono::milliseconds> nearest_duration_ms(
        std::string_view key, std::chrono::milliseconds least, std::chrono::milliseconds most, need how);
    std::optional<std::vector<std::string>> texts(std::string_view key, need how);

    // The field's text as `parse` sees it: a result<T>(std::string_view).
    template <class Parse>
    auto parsed(std::string_view key, need how, Parse parse)
    {
        using value_type = typename std::invoke_result_t<Parse, std::string_view>::value_type;
        std::optional<value_type> value;
        if (const std::optional<std::string> found = text(key, how)) {
            auto outcome = parse(std::string_view(*found));
            if (outcome)
                value.emplace(*std::move(outcome));
            else
                fail(key, outcome.error().message());
        }
        return value;
    }

    // A required name of an entry in a file of many: what the original takes and we cannot is a warning, and the
    // entry is left out.
    template <class Parse>
    auto entry_name(std::string_view key, Parse parse)
    {
        using value_type = typename std::invoke_result_t<Parse, std::string_view>::value_type;
        std::optional<value_type> value;
        if (const std::optional<std::string> found = text(key, need::required)) {
            auto outcome = parse(std::string_view(*found));
            if (outcome)
                value.emplace(*std::move(outcome));
            else
                report_->warning(line_, path(key), outcome.error().message() + "; this entry is left out");
        }
        return value;
    }

    // The node of a field, whatever it is; null when absent or null.
    const yaml_node* find(std::string_view key, need how);
    // The entries of a map of names; of a repeated name the last, with a warning.
    std::vector<const yaml_entry*> entries(std::string_view key);

    void fail(std::string_view key, std::string message);
    std::string path(std::string_view key) const;
    std::size_t line() const noexcept { return line_; }

    // Call after the last field was read.
    void warn_of_unknown_keys();

private:
    const yaml_node* map_ = nullptr;
    bool broken_ = false; // reported as a whole, so its fields are not missed
    std::size_t line_;
    std::string path_;
    report* report_;
    std::set<std::string, std::less<>> known_;
};

// "a map", "a list", "nothing", or the scalar itself.
std::string shown(const yaml_node& node);

} // namespace fleetman::config
