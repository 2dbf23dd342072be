#include <fleetman/core/text.hpp>
#include <fleetman/http/router.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace fleetman::http {

namespace {

// From the most to the least specific; patterns are compared by it, segment by segment.
enum class part_kind
{
    literal,
    variable,
    tail
};

part_kind kind_of(std::string_view part)
{
    if (!part.starts_with('{'))
        return part_kind::literal;
    return part.ends_with("...}") ? part_kind::tail : part_kind::variable;
}

std::string name_of(std::string_view part)
{
    const std::size_t decoration = kind_of(part) == part_kind::tail ? 5 : 2;
    return std::string(part.substr(1, part.size() - decoration));
}

bool has_dot_segment(std::string_view decoded)
{
    for (const std::string& part : split(decoded, '/'))
        if (part == "." || part == "..")
            return true;
    return false;
}

bool has_control_character(std::string_view decoded)
{
    return std::any_of(
        decoded.begin(), decoded.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The segments of a path, decoded one by one so that %2F never becomes a separator. Nothing when one is malformed.
std::optional<std::vector<std::string>> decoded_segments(std::string_view path)
{
    if (!path.starts_with('/'))
        return std::nullopt;
    std::vector<std::string> segments = split(path.substr(1), '/');
    for (std::string& segment : segments) {
        result<std::string> decoded = percent_decode(segment);
        if (!decoded || has_dot_segment(*decoded) || has_control_character(*decoded))
            return std::nullopt;
        segment = std::move(*decoded);
    }
    return segments;
}

std::string joined(const std::vector<std::string>& segments, std::size_t from, std::size_t count)
{
    std::string text;
    for (std::size_t i = from; i < from + count; ++i) {
        if (i != from)
            text += '/';
        text += segments[i];
    }
    return text;
}

std::optional<path_parameters> bind(const std::vector<std::string>& pattern, const std::vector<std::string>& segments)
{
    const bool has_tail = std::any_of(
        pattern.begin(), pattern.end(), [](const std::string& part) { return kind_of(part) == part_kind::tail; });
    if (has_tail ? segments.size() < pattern.size() : segments.size() != pattern.size())
        return std::nullopt;

    path_parameters bound;
    std::size_t at = 0;
    for (const std::string& part : pattern) {
        const part_kind kind = kind_of(part);
        const std::size_t taken = kind == part_kind::tail ? segments.size() - pattern.size() + 1 : 1;
        if (kind == part_kind::literal) {
            if (segments[at] != part)
                return std::nullopt;
        } else {
            std::string value = joined(segments, at, taken);
            if (value.empty())
                return std::nullopt;
            bound.add(name_of(part), std::move(value));
        }
        at += taken;
    }
    return bound;
}

// The first segment of different kind decides; else the longer wins: "files/{path...}/copy" before "files/{path...}".
bool more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (kind_of(a[i]) != kind_of(b[i]))
            return kind_of(a[i]) < kind_of(b[i]);
    return a.size() > b.size();
}

bool serves(const route& candidate, verb method)
{
    return candidate.method == method || (method == verb::head && candidate.method == verb::get);
}

} // namespace

const std::string& path_parameters::operator[](std::string_view name) const
{
    for (const auto& [key, value] : values_)
        if (key == name)
            return value;
    throw std::out_of_range("the route's pattern has no variable " + std::string(name));
}

void router::add(verb method, std::string pattern, int access, route_handler handle)
{
    patterns_.push_back(split(std::string_view(pattern).substr(1), '/'));
    routes_.push_back(std::make_unique<route>(route{method, std::move(pattern), access, std::move(handle)}));
}

route_match router::match(verb method, std::string_view path) const
{
    route_match answer;
    const std::optional<std::vector<std::string>> segments = decoded_segments(path);
    answer.malformed = !segments;
    if (answer.malformed)
        return answer;

    const std::vector<std::string>* best = nullptr;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        std::optional<path_parameters> bound = bind(patterns_[i], *segments);
        if (!bound)
            continue;
        const route& candidate = *routes_[i];
        if (std::find(answer.allowed.begin(), answer.allowed.end(), candidate.method) == answer.allowed.end())
            answer.allowed.push_back(candidate.method);
        if (serves(candidate, method) && (best == nullptr || more_specific(patterns_[i], *best))) {
            best = &patterns_[i];
            answer.found = &candidate;
            answer.parameters = std::move(*bound);
        }
    }
    return answer;
}

} // namespace fleetman::http
