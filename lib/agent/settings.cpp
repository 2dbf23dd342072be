#include <fleetman/agent/settings.hpp>

namespace fleetman::agent {

const profile_folders* settings::folders_of(model::run_profile profile) const
{
    const auto address = [](const std::optional<profile_folders>& of) { return of ? &*of : nullptr; };
    switch (profile) {
    case model::run_profile::systemd: return address(systemd);
    case model::run_profile::supervisor: return address(supervisor);
    case model::run_profile::deploy: return address(deploy);
    case model::run_profile::processmaster: return nullptr;
    }
    return nullptr;
}

} // namespace fleetman::agent
