#include "step_hook.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>

namespace fleetman::app {

// FLEETMAN_CUT_AT names the step behind which the process kills itself, the FLEETMAN_CUT_COUNT-th time that it is
// reached.
std::function<void(std::string_view step)> step_hook()
{
    const char* const at = std::getenv("FLEETMAN_CUT_AT");
    const char* const count = std::getenv("FLEETMAN_CUT_COUNT");
    if (at == nullptr)
        return {};
    const auto left = std::make_shared<std::atomic<int>>(count != nullptr ? std::atoi(count) : 1);
    return [step = std::string(at), left](std::string_view reached) {
        if (reached == step && left->fetch_sub(1) == 1)
            (void)std::raise(SIGKILL);
    };
}

} // namespace fleetman::app
