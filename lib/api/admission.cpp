#include "admission.hpp"

#include <fleetman/api/problem.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <string>
#include <string_view>

namespace fleetman::api {

using control::identity;
using http::field;
using http::status;
using http::verb;

namespace {

// Whether a browser sent this for the page of another site: browsers name the origin of every unsafe request.
bool from_elsewhere(const http::request& request)
{
    const std::string_view origin = request.header(field::origin);
    if (origin.empty() || is_safe(request.method))
        return false;
    const std::size_t scheme_end = origin.find("://");
    return scheme_end == std::string_view::npos ||
           lower_case(origin.substr(scheme_end + 3)) != lower_case(request.header(field::host));
}

bool has_csrf_token(const caller& from, const http::request& request)
{
    const std::string_view sent = request.header("X-CSRF-Token");
    return request.fields.count("X-CSRF-Token") == 1 && equal_constant_time(sent, control::csrf_token(*from.session));
}

error login_needed(const caller& from)
{
    return refusal(
        status::unauthorized, from.refused ? from.refused->message()
                                           : "log in at /api/v1/session, or send `Authorization: Bearer <API token>`");
}

} // namespace

bool is_safe(verb method)
{
    return method == verb::get || method == verb::head || method == verb::options;
}

result<void> admit(const caller& from, access least, const http::request& request)
{
    const bool by_token = from.who && from.who->by == identity::kind::token; // no browser adds one by itself
    if (!by_token && from_elsewhere(request))
        return refusal(status::forbidden, "the request comes from the page of another site");
    if (least == access::open)
        return {};
    if (!from.who)
        return login_needed(from);
    if (from.session && !is_safe(request.method) && !has_csrf_token(from, request))
        return refusal(status::forbidden, "X-CSRF-Token is not the one that GET /api/v1/session gives");
    if (!may(from.who->role, least))
        return refusal(status::forbidden, "this takes the role " + std::string(to_string(least)) + "; yours is " +
                                              std::string(config::to_string(from.who->role)));
    return {};
}

} // namespace fleetman::api
