#pragma once

#include <fleetman/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What an access key may do, as lines of an operation and the keys that it is allowed for. A "*" stands for any
// characters: at the end for all that follows, elsewhere for part of one folder's name.

namespace fleetman::s3server {

enum class action : std::uint8_t
{
    list,  // "list": ListObjects below a prefix
    read,  // "read": GetObject, HeadObject, and the source of a copy
    write, // "write": PutObject, uploads in parts, and the target of a copy
    remove // "delete": DeleteObject, one by one or many at once
};

struct access_right
{
    action what{};
    std::string keys; // "prod/agents/node01.json", "prod/cells/node01/*"
};

class access_rights
{
public:
    // At most 32 lines. Fails with invalid_argument, naming the line.
    static result<access_rights> parse(const std::vector<std::string>& lines);

    // For `list` the key is the prefix that is listed, and every key that begins so must be allowed.
    bool permit(action what, std::string_view key) const;

private:
    std::vector<access_right> each_;
};

} // namespace fleetman::s3server
