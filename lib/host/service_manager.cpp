#include <fleetman/host/service_manager.hpp>

namespace fleetman::host {

std::string_view to_string(service_phase value)
{
    switch (value) {
    case service_phase::unknown: return "unknown";
    case service_phase::stopped: return "stopped";
    case service_phase::starting: return "starting";
    case service_phase::running: return "running";
    case service_phase::finished: return "finished";
    case service_phase::stopping: return "stopping";
    case service_phase::failed: return "failed";
    }
    return "unknown";
}

} // namespace fleetman::host
