#include <fleetman/core/text.hpp>
#include <fleetman/http/router.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace fleetman::http {

// A pattern's segment, and what it takes of a path. Patterns are compared by the kinds, segment by segment, from the
// most to the least specific.
struct router::part
{
    enum class kind
    {
        literal,
        variable,
        tail
    };

    kind is;
    std::string text; // of a literal; of the others the variable's name

    static part parse(std::string_view text)
    {
        if (!text.starts_with('{'))
            return {kind::literal, std::string(text)};
        const bool tail = text.ends_with("...}");
        const std::size_t decoration = tail ? 5 : 2;
        return {tail ? kind::tail : kind::variable, std::string(text.substr(1, text.size() - decoration))};
    }
};

namespace {

bool has_dot_segment(std::string_view decoded)
{
    for (;;) {
        const std::string_view part = decoded.substr(0, decoded.find('/'));
        if (part == "." || part == "..")
            return true;
        if (part.size() == decoded.size())
            return false;
        decoded.remove_prefix(part.size() + 1);
    }
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

bool serves(const route& candidate, verb method)
{
    return candidate.method == method || (method == verb::head && candidate.method == verb::get);
}

} // namespace

// Which segments of a path the parts of a pattern take: part i those from at(i) to at(i + 1).
struct router::fit
{
    std::size_t tail = std::size_t(-1); // the part that takes more than one
    std::size_t more = 0;               // by so many

    std::size_t at(std::size_t part) const { return part > tail ? part + more : part; }

    // Nothing when the path is of another form.
    static std::optional<fit> of(const pattern& parts, const std::vector<std::string>& segments)
    {
        fit found;
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (parts[i].is == part::kind::tail)
                found.tail = i;
        const bool has_tail = found.tail != std::size_t(-1);
        if (has_tail ? segments.size() < parts.size() : segments.size() != parts.size())
            return std::nullopt;
        found.more = segments.size() - parts.size();
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const std::string& first = segments[found.at(i)];
            const bool lone = found.at(i + 1) == found.at(i) + 1;
            if (parts[i].is == part::kind::literal ? first != parts[i].text : lone && first.empty())
                return std::nullopt;
        }
        return found;
    }

    path_parameters bind(const pattern& parts, const std::vector<std::string>& segments) const
    {
        path_parameters bound;
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (parts[i].is != part::kind::literal)
                bound.add(parts[i].text, joined(segments, at(i), at(i + 1) - at(i)));
        return bound;
    }
};

// The first segment of different kind decides; else the longer wins: "files/{path...}/copy" before "files/{path...}".
bool router::more_specific(const pattern& a, const pattern& b)
{
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (a[i].is != b[i].is)
            return a[i].is < b[i].is;
    return a.size() > b.size();
}

router::router() = default;
router::~router() = default;

const std::string& path_parameters::operator[](std::string_view name) const
{
    for (const auto& [key, value] : values_)
        if (key == name)
            return value;
    throw std::out_of_range("the route's pattern has no variable " + std::string(name));
}

void router::add(verb method, std::string pattern, int access, route_handler handle)
{
    router::pattern& parts = patterns_.emplace_back();
    for (const std::string& text : split(std::string_view(pattern).substr(1), '/'))
        parts.push_back(part::parse(text));
    routes_.push_back(std::make_unique<route>(route{method, std::move(pattern), access, std::move(handle)}));
}

route_match router::match(verb method, std::string_view path) const
{
    route_match answer;
    const std::optional<std::vector<std::string>> segments = decoded_segments(path);
    answer.malformed = !segments;
    if (answer.malformed)
        return answer;

    const pattern* best = nullptr;
    fit how;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const std::optional<fit> fits = fit::of(patterns_[i], *segments);
        if (!fits)
            continue;
        const route& candidate = *routes_[i];
        if (std::find(answer.allowed.begin(), answer.allowed.end(), candidate.method) == answer.allowed.end())
            answer.allowed.push_back(candidate.method);
        if (serves(candidate, method) && (best == nullptr || more_specific(patterns_[i], *best))) {
            best = &patterns_[i];
            how = *fits;
            answer.found = &candidate;
        }
    }
    if (best != nullptr)
        answer.parameters = how.bind(*best, *segments);
    return answer;
}

} // namespace fleetman::http
