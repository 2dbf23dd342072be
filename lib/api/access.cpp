#include <fleetman/api/access.hpp>

namespace fleetman::api {

using config::user_role;

std::string_view to_string(access value)
{
    switch (value) {
    case access::open: return "open";
    case access::viewer: return "viewer";
    case access::operate: return "operator";
    case access::admin: return "admin";
    }
    return "admin";
}

access least_for(const http::route& route)
{
    return static_cast<access>(route.access);
}

bool may(user_role who, access least)
{
    switch (least) {
    case access::open:
    case access::viewer: return true;
    case access::operate: return who != user_role::viewer;
    case access::admin: return who == user_role::admin;
    }
    return false;
}

} // namespace fleetman::api
