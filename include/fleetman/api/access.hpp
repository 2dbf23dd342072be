#pragma once

#include <fleetman/config/controller_config.hpp>
#include <fleetman/http/router.hpp>

#include <string_view>

// Who may call a route: said where it is added, so that none is without a word about it.
// test/unit/api/permissions_test.cpp holds the whole matrix.

namespace fleetman::api {

// The least that a caller must be.
enum class access
{
    open,    // anybody, without a login
    viewer,  // reads
    operate, // publishes; changes versions, overrides and cells
    admin    // changes what the others work with: connections, manifests, profiles; and what is deleted for good
};

std::string_view to_string(access value); // "open", "viewer", "operator", "admin"

// What a route was added with.
access least_for(const http::route& route);

bool may(config::user_role who, access least);

} // namespace fleetman::api
