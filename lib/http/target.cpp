#include "target.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/http/router.hpp>

#include <algorithm>

namespace fleetman::http {

namespace {

constexpr std::size_t most_parameters = 1000;

// "+" is a blank in a query, because that is how browsers send their forms.
result<std::string> decode_parameter(std::string_view text)
{
    std::string blanks(text);
    std::replace(blanks.begin(), blanks.end(), '+', ' ');
    return percent_decode(blanks);
}

result<void> read_query(std::string_view text, request& into)
{
    if (text.empty())
        return {};
    if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '&')) >= most_parameters)
        return error(errc::invalid, "the query has more than " + std::to_string(most_parameters) + " parameters");
    for (const std::string& pair : split(text, '&')) {
        if (pair.empty())
            continue;
        const std::size_t equals = pair.find('=');
        result<std::string> name = decode_parameter(std::string_view(pair).substr(0, equals));
        result<std::string> value =
            equals == std::string::npos ? std::string() : decode_parameter(std::string_view(pair).substr(equals + 1));
        if (!name)
            return name.error();
        if (!value)
            return value.error();
        into.query.emplace_back(std::move(*name), std::move(*value));
    }
    return {};
}

// "http://host/a" to "/a": servers must accept the absolute form (RFC 9112 section 3.2.2).
std::string_view without_authority(std::string_view target)
{
    for (const std::string_view scheme : {"http://", "https://"})
        if (target.starts_with(scheme)) {
            const std::size_t end = target.find_first_of("/?", scheme.size());
            return end == std::string_view::npos ? std::string_view() : target.substr(end);
        }
    return target;
}

} // namespace

result<void> read_target(request& into)
{
    if (into.target == "*") {
        into.path = "*";
        return {};
    }
    const std::string_view relative = without_authority(into.target);
    const bool absolute_form = relative.size() != into.target.size();
    if (relative.find('#') != std::string_view::npos)
        return error(errc::invalid, "the target holds a fragment");
    if (!absolute_form && !relative.starts_with('/'))
        return error(errc::invalid, "the target is not a path");

    const std::size_t mark = relative.find('?');
    const std::string_view path = relative.substr(0, mark);
    into.path = path.empty() ? "/" : std::string(path);
    return mark == std::string_view::npos ? result<void>() : read_query(relative.substr(mark + 1), into);
}

} // namespace fleetman::http
