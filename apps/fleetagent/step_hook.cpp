#include "step_hook.hpp"

namespace fleetman::app {

std::function<void(std::string_view step)> step_hook()
{
    return {};
}

} // namespace fleetman::app
