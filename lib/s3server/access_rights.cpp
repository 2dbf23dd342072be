#include "access_rights.hpp"
#include "faults.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fleetman::s3server {

namespace {

constexpr std::size_t most_rights = 32;
constexpr std::size_t longest_pattern = 1024; // as keys
constexpr std::ptrdiff_t most_stars = 4;      // each multiplies the work of a comparison

constexpr std::array<std::pair<std::string_view, action>, 4> actions{
    {{"list", action::list}, {"read", action::read}, {"write", action::write}, {"delete", action::remove}}};

std::optional<access_right> right_of(std::string_view line)
{
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos)
        return std::nullopt;
    const std::string_view keys = line.substr(space + 1);
    const auto* const known =
        std::ranges::find(actions, line.substr(0, space), &std::pair<std::string_view, action>::first);
    const bool sound = known != actions.end() && !keys.empty() && keys.size() <= longest_pattern &&
                       keys.find('\n') == std::string_view::npos && std::ranges::count(keys, '*') <= most_stars;
    return sound ? std::optional(access_right{known->second, std::string(keys)}) : std::nullopt;
}

bool matches(std::string_view pattern, std::string_view key)
{
    while (!pattern.empty() && pattern.front() != '*') {
        if (key.empty() || key.front() != pattern.front())
            return false;
        pattern.remove_prefix(1);
        key.remove_prefix(1);
    }
    if (pattern.empty())
        return key.empty();
    if (pattern.size() == 1)
        return true;
    for (std::size_t taken = 0;; ++taken) {
        if (matches(pattern.substr(1), key.substr(taken)))
            return true;
        if (taken == key.size() || key[taken] == '/')
            return false;
    }
}

} // namespace

result<access_rights> access_rights::parse(const std::vector<std::string>& lines)
{
    if (lines.empty() || lines.size() > most_rights)
        return make_error(fault::invalid_argument, "An access key has 1 to " + std::to_string(most_rights) + " rights");
    access_rights all;
    for (const std::string& line : lines) {
        std::optional<access_right> one = right_of(line);
        if (!one)
            return make_error(fault::invalid_argument,
                "\"" + line + "\" is not a right: list, read, write or delete, a space, and keys");
        all.each_.push_back(std::move(*one));
    }
    return all;
}

bool access_rights::permit(action what, std::string_view key) const
{
    return std::ranges::any_of(each_, [&](const access_right& one) {
        return one.what == what && (what != action::list || one.keys.ends_with('*')) && matches(one.keys, key);
    });
}

} // namespace fleetman::s3server
