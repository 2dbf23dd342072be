#include "client_address.hpp"
#include "credentials.hpp"

#include <fleetman/api/caller.hpp>

#include <string>
#include <utility>

namespace fleetman::api {

using http::field;

namespace {

// Browsers send one Cookie field; a proxy may have split it (RFC 9113 section 8.2.3).
std::string all_cookies(const http::request& request)
{
    std::string all;
    const auto [begin, end] = request.fields.equal_range(field::cookie);
    for (auto one = begin; one != end; ++one)
        all.append(all.empty() ? "" : "; ").append(std::string_view(one->value()));
    return all;
}

result<std::optional<secret>> token_of(const http::request& request)
{
    if (request.fields.count(field::authorization) > 1)
        return error(errc::denied, "there is more than one Authorization field");
    return bearer_from(request.header(field::authorization));
}

} // namespace

std::string_view session_cookie_name(bool https)
{
    return https ? "__Host-fleetman" : "fleetman";
}

caller find_caller(const http::request& request, control::accounts& accounts, const config::web_console& console)
{
    const client_address from = client_of(request, console.trusted_proxies);
    caller found{from.address, from.https, std::nullopt, std::nullopt, std::nullopt};
    if (!accounts.login_required()) {
        found.who = control::accounts::local(from.address);
        return found;
    }
    const result<std::optional<secret>> token = token_of(request);
    if (!token)
        found.refused = token.error();
    if (!token || *token) {
        if (result<control::identity> who = token ? accounts.by_token(**token, from.address) : token.error())
            found.who = std::move(*who);
        else
            found.refused = who.error();
        return found;
    }
    found.session = session_from(all_cookies(request), session_cookie_name(from.https));
    if (found.session)
        found.who = accounts.by_session(*found.session, from.address);
    if (!found.who)
        found.session.reset();
    return found;
}

} // namespace fleetman::api
