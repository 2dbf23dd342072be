#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/secret.hpp>

#include <string>
#include <vector>

// Access keys beside the store's own, which opens everything: each opens some keys of one bucket, and no more.

namespace fleetman::s3server {

struct access_key
{
    std::string id; // what requests name: the access key
    std::string bucket;
    std::string note;                // whom it is for; the store does not look into it
    std::vector<std::string> rights; // "read prod/cells/node01/*" and the like: lib/s3server/access_rights.hpp
    wall_time created{};
};

// The secret is told once, when the key is made.
struct made_access_key
{
    access_key key;
    secret secret_key;
};

} // namespace fleetman::s3server
