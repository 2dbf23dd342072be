#pragma once

#include <fleetman/core/result.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

// Keeps a version's files from changing while it is being sealed. Nobody waits: uploads take minutes, so finalizing is
// refused while one is under way, and an upload while finalizing is. Between controllers the seal itself decides.

namespace fleetman::control {

class version_guard
{
public:
    // Held as long as its holder lives; may outlive the guard.
    using lease = std::shared_ptr<void>;

    // `key` names the version's folder. Both fail with conflict.
    result<lease> edit(const std::string& key);
    result<lease> seal(const std::string& key);

private:
    struct use
    {
        std::size_t editors = 0;
        bool sealing = false;
    };
    using uses = std::map<std::string, use>;

    std::shared_ptr<uses> uses_ = std::make_shared<uses>();
};

} // namespace fleetman::control
