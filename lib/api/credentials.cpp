#include "credentials.hpp"

#include <fleetman/core/text.hpp>

#include <algorithm>
#include <string>

namespace fleetman::api {

namespace {

constexpr std::size_t session_digits = 64;
constexpr std::size_t longest_token = 256;

bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_token_character(char c) // b64token
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

} // namespace

std::optional<secret> session_from(std::string_view cookies, std::string_view name)
{
    std::optional<std::string_view> found;
    while (!cookies.empty()) {
        const std::size_t end = std::min(cookies.find(';'), cookies.size());
        const std::string_view pair = trimmed(cookies.substr(0, end));
        cookies.remove_prefix(std::min(end + 1, cookies.size()));
        if (pair.size() <= name.size() || !pair.starts_with(name) || pair[name.size()] != '=')
            continue;
        if (found)
            return std::nullopt;
        found = pair.substr(name.size() + 1);
    }
    if (!found || found->size() != session_digits || !std::ranges::all_of(*found, is_hex_digit))
        return std::nullopt;
    return secret(std::string(*found));
}

result<std::optional<secret>> bearer_from(std::string_view authorization)
{
    authorization = trimmed(authorization);
    const std::size_t space = std::min(authorization.find(' '), authorization.size());
    if (lower_case(authorization.substr(0, space)) != "bearer")
        return std::optional<secret>();
    const std::string_view token = trimmed(authorization.substr(space));
    if (token.empty() || token.size() > longest_token || !std::ranges::all_of(token, is_token_character))
        return error(errc::denied, "what follows Bearer is no token");
    return std::optional(secret(std::string(token)));
}

} // namespace fleetman::api
